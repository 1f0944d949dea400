// Wheel, pointer, touch and keyboard input of the timeline.

class Input {
  constructor(timeline) {
    this.timeline = timeline;
    this.canvas = timeline.surface.canvas;
    this.pointers = new Map();
    this.drag = null;
    const { canvas } = this;
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event, true));
    canvas.addEventListener("pointercancel", (event) => this.up(event, false));
    canvas.addEventListener("pointerleave", () => this.leave());
    canvas.addEventListener("dblclick", (event) => this.twice(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
    const arrange = () => timeline.arrange($("sort").value, $("filter").value);
    $("fold").onclick = () => timeline.foldAll();
    $("sort").onchange = arrange;
    $("filter").oninput = arrange;
    $("arrange").hidden = timeline.all.length < 2;
    $("fit").onclick = () => timeline.fit();
    $("zoom-in").onclick = () => timeline.zoom(0.5);
    $("zoom-out").onclick = () => timeline.zoom(2);
  }

  wheel(event) {
    event.preventDefault();
    const { timeline } = this;
    const unit = event.deltaMode === 1 ? 18 : 1;
    const [across, down] = [event.deltaX * unit, event.deltaY * unit];
    if (event.shiftKey) timeline.surface.scroller.scrollTop += across || down;
    else if (Math.abs(across) > Math.abs(down)) timeline.pan(across / timeline.surface.width);
    else timeline.zoom(Math.exp(Math.max(-1, Math.min(1, down * 0.0025))), timeline.surface.at(event)[0]);
    this.hover(event);
  }

  down(event) {
    if (event.button !== 0) return;
    const { timeline } = this;
    const [x, y] = timeline.surface.at(event);
    this.pointers.set(event.pointerId, x);
    this.canvas.setPointerCapture(event.pointerId);
    const isRange = event.shiftKey || y < RULER;
    const { from, to } = timeline;
    this.drag = { x, y, from, to, isRange, scrolled: timeline.surface.scroller.scrollTop, isFar: false };
    hideTip();
  }

  move(event) {
    if (!this.pointers.has(event.pointerId)) return this.hover(event);
    const { timeline, drag } = this;
    const [x, y] = timeline.surface.at(event);
    const before = [...this.pointers.values()];
    this.pointers.set(event.pointerId, x);
    if (this.pointers.size === 2) return this.pinch(before);
    drag.isFar ||= Math.abs(x - drag.x) + Math.abs(y - drag.y) > 4;
    if (!drag.isFar) return;
    this.canvas.classList.add("drags");
    timeline.pointer = x;
    if (drag.isRange) {
      timeline.range = [timeline.time(drag.x), timeline.time(x)];
      timeline.surface.draw();
      return;
    }
    const by = (drag.x - x) / timeline.scale;
    timeline.show(drag.from + by, drag.to + by);
    if (event.pointerType === "mouse") timeline.surface.scroller.scrollTop = drag.scrolled + drag.y - y;
  }

  /** Zooms and moves by two fingers, so that each finger stays at its time. */
  pinch(before) {
    const { timeline } = this;
    const now = [...this.pointers.values()];
    const [near, far] = [Math.min(...before), Math.max(...before)];
    const factor = (far - near) / Math.max(Math.max(...now) - Math.min(...now), 8);
    this.drag.isFar = true;
    timeline.zoom(factor, (near + far) / 2);
    timeline.pan((near + far - now[0] - now[1]) / 2 / timeline.surface.width);
  }

  up(event, isDone) {
    const { timeline, drag } = this;
    if (!this.pointers.delete(event.pointerId)) return;
    this.canvas.classList.remove("drags");
    if (timeline.range !== null) {
      const [one, other] = timeline.range;
      timeline.range = null;
      timeline.show(Math.min(one, other), Math.max(one, other));
    }
    if (isDone && !drag.isFar) this.click(event);
    if (this.pointers.size > 0) {
      // One finger is still down: its drag continues from here.
      const { from, to } = timeline;
      Object.assign(drag, { x: [...this.pointers.values()][0], from, to });
    }
  }

  click(event) {
    const { timeline } = this;
    const { track, call } = timeline.hit(...timeline.surface.at(event));
    if (track !== null) {
      track.isFolded = !track.isFolded;
      timeline.stack();
    } else if (call >= 0) {
      timeline.select(call);
    } else {
      closeDetails();
    }
  }

  twice(event) {
    const { call } = this.timeline.hit(...this.timeline.surface.at(event));
    if (call >= 0) this.timeline.zoomTo(call);
  }

  hover(event) {
    const { timeline } = this;
    const [x, y] = timeline.surface.at(event);
    timeline.pointer = x;
    timeline.surface.draw();
    const { track, call } = timeline.hit(x, y);
    this.canvas.style.cursor = call >= 0 || track !== null ? "pointer" : "";
    if (call >= 0 && event.pointerType !== "touch") showTip(event.clientX, event.clientY, tipOfCall(call));
    else hideTip();
  }

  leave() {
    this.timeline.pointer = -1;
    this.timeline.surface.draw();
    hideTip();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { timeline } = this;
    const { scroller } = timeline.surface;
    const act = {
      ArrowLeft: () => timeline.pan(-0.15),
      a: () => timeline.pan(-0.15),
      ArrowRight: () => timeline.pan(0.15),
      d: () => timeline.pan(0.15),
      ArrowUp: () => (scroller.scrollTop -= 3 * LANE),
      ArrowDown: () => (scroller.scrollTop += 3 * LANE),
      "+": () => timeline.zoom(0.7),
      "=": () => timeline.zoom(0.7),
      w: () => timeline.zoom(0.7),
      "-": () => timeline.zoom(1 / 0.7),
      s: () => timeline.zoom(1 / 0.7),
      0: () => timeline.fit(),
      ",": () => this.step(-1),
      ".": () => this.step(1),
      p: () => this.caller(),
      c: () => this.longestInside(),
      Enter: () => timeline.picked >= 0 && timeline.zoomTo(timeline.picked),
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act === undefined) return;
    event.preventDefault();
    hideTip();
    act();
  }

  /** Selects the next call of the same track by time, or a call in sight if none is selected. */
  step(by) {
    const { timeline } = this;
    if (timeline.picked < 0) {
      const first = timeline.firstInSight();
      if (first >= 0) timeline.select(first);
      return;
    }
    const { length } = report.calls;
    const track = timeline.placement.track[timeline.picked];
    let call = timeline.picked + by;
    while (call >= 0 && call < length && track !== undefined && timeline.placement.track[call] !== track) call += by;
    if (call >= 0 && call < length) timeline.reveal(call);
  }

  longestInside() {
    const [call] = callsInside(this.timeline.picked);
    if (call !== undefined) this.timeline.reveal(call);
  }

  caller() {
    const parent = report.calls.parent[this.timeline.picked] ?? -1;
    if (parent >= 0) this.timeline.reveal(parent);
  }
}
