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
    const darker = row.shade * 0.06;
    return this.isDark ? `oklch(${0.49 - darker} 0.09 ${row.hue})` : `oklch(${0.87 - darker} 0.08 ${row.hue})`;
  },
  get ink() {
    return this.isDark ? "#ffffff" : "#15181f";
  },
};

/**
 * A canvas with the size of the visible part of its scroller. Other content of the scroller may be above: a part that
 * scrolls away (`.answers`), then a part that stays (`.over`).
 */
class Surface {
  constructor(canvas, draw) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.scroller = canvas.parentElement;
    this.fixed = this.scroller.querySelector(".over");
    this.before = this.scroller.querySelector(".answers");
    this.drawNow = () => draw(this.context);
    this.draw = onceAFrame(() => this.width > 0 && this.drawNow());
    this.width = 0;
    this.height = 0;
    this.content = 0;
    this.room = 0;
    this.above = 0;
    this.printed = null; // the scroll position while a page is drawn for the printer
    this.letter = 0;
    // In the next frame: a size that changes inside the observer's callback is an error ("ResizeObserver loop").
    const observer = new ResizeObserver(onceAFrame(() => this.fit()));
    observer.observe(this.scroller);
    if (this.before !== null) observer.observe(this.before);
    this.scroller.addEventListener("scroll", () => this.draw());
  }

  fit() {
    const { clientWidth } = this.scroller;
    if (clientWidth === 0) return; // not shown
    this.room = this.scroller.clientHeight - (this.fixed?.offsetHeight ?? 0);
    this.above = this.before?.offsetHeight ?? 0;
    this.width = clientWidth;
    this.place();
    this.resize();
  }

  /** Gives the canvas its size in pixels, and draws it: it is black until then. */
  resize() {
    const ratio = devicePixelRatio;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.font = paint.mono;
    this.letter = this.context.measureText("m").width;
    this.context.textBaseline = "middle";
    this.drawNow();
  }

  /** Sets the height of the whole content, which may be scrolled. */
  setContent(content) {
    this.content = content;
    if (this.printed !== null) return;
    const { height } = this;
    this.place();
    if (this.width > 0 && this.height !== height) this.resize();
  }

  /** Gives the canvas the height of the visible part, and the scroller that of the whole content. */
  place() {
    const { content } = this;
    this.height = Math.max(Math.min(content, this.room), this.room - this.above);
    this.canvas.style.height = `${this.height}px`;
    this.canvas.nextElementSibling.style.height = `${Math.max(0, content - this.height)}px`;
  }

  /** How far the content is scrolled. */
  get scrolled() {
    return this.printed ?? Math.max(0, this.scroller.scrollTop - this.above);
  }

  /** Scrolls until `top` to `bottom` of the content is in sight, below the first `margin` pixels of the canvas. */
  scrollTo(top, bottom, margin) {
    this.fit(); // the details may just have been opened
    const { scroller } = this;
    scroller.scrollIntoView({ block: "nearest" });
    const least = bottom + 8 + this.above - this.room;
    const most = Math.max(0, top - margin + this.above);
    scroller.scrollTop = Math.min(Math.max(scroller.scrollTop, least), most);
  }

  /** Returns canvases that show all of the content, each of the size of a page of A4. */
  pages() {
    const { context, width, height } = this;
    const [wide, high, scale] = [700, 880, 2];
    const overlap = RULER + LANE; // what is cut by the end of a page is whole on the next one
    const pages = [];
    for (let top = 0; top === 0 || (top + overlap < this.content && pages.length < 20); top += high - overlap) {
      const canvas = el("canvas");
      this.printed = top;
      this.width = wide;
      this.height = Math.min(high, Math.max(this.content - top, overlap));
      Object.assign(canvas, { width: wide * scale, height: this.height * scale });
      this.context = canvas.getContext("2d", { alpha: false });
      this.context.setTransform(scale, 0, 0, scale, 0, 0);
      this.context.font = paint.mono;
      this.context.textBaseline = "middle";
      this.drawNow();
      pages.push(canvas);
    }
    Object.assign(this, { context, width, height, printed: null });
    return pages;
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
