// Shared by the timeline and the flame graph: colours, a canvas that follows its scroller, bars with text.

const LETTER = 11; // pixels

/** The colours of the current theme. */
const paint = {
  isDark: false,
  colours: {},
  refresh() {
    const probe = el("span");
    document.body.append(probe);
    for (const name of ["surface", "raised", "line", "grid", "text", "dim", "accent", "bad", "page"]) {
      probe.style.color = `var(--${name})`;
      this.colours[name] = getComputedStyle(probe).color;
    }
    this.mono = `${LETTER}px ${getComputedStyle(document.documentElement).getPropertyValue("--mono")}`;
    probe.remove();
    this.isDark = getComputedStyle(document.documentElement).colorScheme === "dark" ||
      (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  },
  /** Returns the colour of a row's bars. Text in `ink` is readable on it. */
  fill(row) {
    const jitter = (row.hue % 3) * 0.02;
    return this.isDark ? `oklch(${0.46 + jitter} 0.09 ${row.hue})` : `oklch(${0.84 + jitter} 0.08 ${row.hue})`;
  },
  get ink() {
    return this.isDark ? "#ffffff" : "#15181f";
  },
};

/** A canvas with the size of the visible part of its scroller. */
class Surface {
  constructor(canvas, draw) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.scroller = canvas.parentElement;
    this.drawNow = () => draw(this.context);
    this.draw = onceAFrame(() => this.width > 0 && this.drawNow());
    this.width = 0;
    this.height = 0;
    this.letter = 0;
    // In the next frame: a size that changes inside the observer's callback is an error ("ResizeObserver loop").
    new ResizeObserver(onceAFrame(() => this.fit())).observe(this.scroller);
    this.scroller.addEventListener("scroll", () => this.draw());
  }

  fit() {
    const { clientWidth, clientHeight } = this.scroller;
    if (clientWidth === 0) return; // not shown
    const ratio = devicePixelRatio;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    this.canvas.style.height = `${clientHeight}px`;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.font = paint.mono;
    this.letter = this.context.measureText("m").width;
    this.context.textBaseline = "middle";
    this.width = clientWidth;
    this.height = clientHeight;
    this.setContent(this.content);
    this.drawNow(); // a resized canvas is black until it is drawn
  }

  /** Sets the height of the whole content, which may be scrolled. */
  setContent(height) {
    this.content = height;
    const spacer = this.canvas.nextElementSibling;
    spacer.style.height = `${Math.max(0, height - this.scroller.clientHeight)}px`;
  }

  get scrolled() {
    return this.scroller.scrollTop;
  }

  /** Scrolls until `top` to `bottom` is visible. */
  scrollTo(top, bottom, margin) {
    const { scrollTop } = this.scroller;
    if (top - margin < scrollTop) this.scroller.scrollTop = top - margin;
    else if (bottom > scrollTop + this.height) this.scroller.scrollTop = bottom - this.height + 8;
  }

  clear() {
    this.context.fillStyle = paint.colours.surface;
    this.context.fillRect(0, 0, this.width, this.height);
  }

  /** Draws text that starts at `x`, truncated to `room` pixels. */
  text(text, x, y, room, colour) {
    const fits = Math.floor(room / this.letter);
    if (fits < 2) return;
    this.context.fillStyle = colour;
    this.context.fillText(text.length > fits ? `${text.slice(0, fits - 1)}…` : text, x, y);
  }

  /** Draws a bar. Its text starts at the left end of the visible part. */
  bar(x, y, width, height, fill, text, ink) {
    const { context } = this;
    const left = Math.max(x, 0);
    const right = Math.min(x + width, this.width);
    context.fillStyle = fill;
    const gap = width > 3 ? 0.6 : 0;
    context.fillRect(left, y, Math.max(right - left - gap, 0.75), height - 1);
    if (right - left > 22) this.text(text, left + 4, y + height / 2, right - left - 7, ink);
  }

  outline(x, y, width, height, colour, thick = 2) {
    const { context } = this;
    const left = Math.max(x, -4);
    const right = Math.min(x + Math.max(width, 2), this.width + 4);
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.strokeRect(left, y, right - left, height - 1);
  }

  /** Returns the pointer's position on the canvas. */
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
}
