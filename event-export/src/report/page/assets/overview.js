// The overview of the whole run, above the timeline: how busy each part was, and which part the timeline shows.

const PARTS = 1000;

class Overview {
  constructor(timeline) {
    this.timeline = timeline;
    this.canvas = $("overview");
    this.busy = this.measure();
    this.draw = onceAFrame(() => this.paint());
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** Returns the mean number of open outermost calls in each part of the run. */
  measure() {
    const { start, end } = report.calls;
    const busy = new Float64Array(PARTS + 1);
    const scale = PARTS / this.timeline.end;
    for (const track of this.timeline.all) {
      for (const call of track.outermost) {
        const [from, to] = [start[call] * scale, end[call] * scale];
        for (let part = Math.floor(from); part <= Math.min(to, PARTS); part++) {
          busy[part] += Math.min(to, part + 1) - Math.max(from, part);
        }
      }
    }
    return busy;
  }

  paint() {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (width === 0) return;
    const ratio = devicePixelRatio;
    this.canvas.width = width * ratio;
    this.canvas.height = height * ratio;
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { colours } = paint;
    const { from, to, end } = this.timeline;
    context.fillStyle = colours.page;
    context.fillRect(0, 0, width, height);
    const highest = this.busy.reduce((one, other) => Math.max(one, other), 1);
    context.fillStyle = colours.accent;
    context.globalAlpha = 0.55;
    context.beginPath();
    context.moveTo(0, height - 6);
    for (let part = 0; part < PARTS; part++) {
      const high = height - 6 - (this.busy[part] / highest) * (height - 14);
      context.lineTo((part * width) / PARTS, high);
      context.lineTo(((part + 1) * width) / PARTS, high);
    }
    context.lineTo(width, height - 6);
    context.fill();
    context.globalAlpha = 1;
    context.fillStyle = colours.bad;
    for (const { call } of report.failures.filter(isFailed)) {
      context.fillRect((report.calls.end[call] * width) / end - 1, height - 6, 2, 6);
    }
    const [left, right] = [from, to].map((time) => Math.min(Math.max((time * width) / end, 0), width));
    context.fillStyle = colours.text;
    context.globalAlpha = 0.13;
    context.fillRect(0, 0, left, height);
    context.fillRect(right, 0, width - right, height);
    context.globalAlpha = 1;
    context.strokeStyle = colours.accent;
    context.lineWidth = 2;
    context.strokeRect(left + 1, 1, Math.max(right - left - 2, 2), height - 2);
  }

  /** A drag inside the visible part moves it, another drag selects a range. A click centres the timeline there. */
  grab(event) {
    const { timeline, canvas } = this;
    const time = (event) => ((event.clientX - canvas.getBoundingClientRect().left) / canvas.clientWidth) * timeline.end;
    const begin = time(event);
    const { from, to } = timeline;
    const isWhole = to - from > timeline.end * 0.95;
    const moves = !isWhole && begin >= from && begin <= to;
    canvas.setPointerCapture(event.pointerId);
    canvas.onpointermove = (event) => {
      const now = time(event);
      if (moves) timeline.show(from + now - begin, to + now - begin);
      else if (Math.abs(now - begin) > timeline.end * 0.003) timeline.show(Math.min(begin, now), Math.max(begin, now));
    };
    canvas.onpointerup = canvas.onpointercancel = (event) => {
      canvas.onpointermove = canvas.onpointerup = canvas.onpointercancel = null;
      const isClick = Math.abs(time(event) - begin) <= timeline.end * 0.003;
      if (isClick && !moves && !isWhole) timeline.show(begin - (to - from) / 2, begin + (to - from) / 2);
    };
  }
}
