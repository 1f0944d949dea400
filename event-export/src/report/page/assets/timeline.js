// The timeline: its visible range, and how it is drawn.

const RULER = 26;
const HEAD = 24; // of a track
const LANE = 19;
const GAP = 8;

/** How tracks are sorted. `start` is the order of the layout. */
const ORDERS = {
  start: null,
  // Threads first: calls of an async function may be open while no thread works on them.
  busy: (one, other) => one.isAsync - other.isAsync || other.busy - one.busy,
  name: (one, other) => one.name.localeCompare(other.name, "en", { numeric: true }),
};

class Timeline {
  constructor() {
    this.calls = report.calls;
    this.end = Math.max(report.duration, 1);
    this.from = 0;
    this.to = this.end;
    this.picked = -1;
    this.pointer = -1;
    this.range = null;
    this.order = "start";
    this.filter = "";
    Object.assign(this, layOut(this.calls));
    this.surface = new Surface($("timeline-canvas"), () => this.draw());
    this.overview = new Overview(this);
    this.stack();
  }

  /** Puts the tracks that are shown one below the other. */
  stack() {
    const isShown = (track) => [...track.names, track.about].some((text) => text.toLowerCase().includes(this.filter));
    for (const track of this.all) track.isHidden = !isShown(track);
    this.tracks = this.all.filter((track) => !track.isHidden);
    if (this.order !== "start") this.tracks.sort(ORDERS[this.order]);
    let top = RULER + 4;
    for (const track of this.tracks) {
      track.top = top;
      top += HEAD + (track.isFolded ? 0 : track.lanes.length * LANE) + GAP;
    }
    this.surface.setContent(top);
    this.surface.draw();
  }

  /** Folds all tracks, or unfolds them if all are folded. */
  foldAll() {
    const isFolded = this.tracks.some((track) => !track.isFolded);
    for (const track of this.tracks) track.isFolded = isFolded;
    this.stack();
  }

  /** Sorts the tracks, and shows only those with `filter` in a name. */
  arrange(order, filter) {
    this.order = order;
    this.filter = filter.trim().toLowerCase();
    this.stack();
  }

  get scale() {
    return this.surface.width / (this.to - this.from);
  }

  x(time) {
    return (time - this.from) * this.scale;
  }

  time(x) {
    return this.from + x / this.scale;
  }

  /** Shows the times `from` to `to`, limited to the run and a margin. */
  show(from, to) {
    const margin = this.end * 0.01;
    const span = Math.min(Math.max(to - from, 20), this.end + 2 * margin);
    this.from = Math.min(Math.max(from, -margin), this.end + margin - span);
    this.to = this.from + span;
    address.keep();
    this.surface.draw();
    this.overview.draw();
  }

  zoom(factor, x = this.surface.width / 2) {
    const time = this.time(x);
    this.show(time - (time - this.from) * factor, time + (this.to - time) * factor);
  }

  pan(part) {
    const by = (this.to - this.from) * part;
    this.show(this.from + by, this.to + by);
  }

  fit() {
    this.show(0, this.end);
  }

  /** Zooms to the call, with a margin on both sides, and scrolls to its lane. */
  zoomTo(call) {
    const { start, end, total } = this.calls;
    const margin = Math.max(total[call] * 0.3, 50);
    this.reveal(call);
    this.show(start[call] - margin, end[call] + margin);
  }

  /** Returns the calls that match the search, by time. */
  matches() {
    return search.list;
  }

  /** Selects the call, and moves or zooms until it is in sight. */
  reveal(call, tab = "timeline") {
    openTab(tab);
    const track = this.placement.track[call];
    if (track.isHidden) $("filter").value = this.filter = "";
    if (track.isFolded || track.isHidden) {
      track.isFolded = false;
      this.stack();
    }
    this.select(call);
    const { start, end, total } = this.calls;
    const { from, to } = this;
    const span = to - from;
    const inSight = (Math.min(end[call], to) - Math.max(start[call], from)) * this.scale;
    if (total[call] * this.scale < 3) this.show(start[call] - total[call] * 20 - 500, end[call] + total[call] * 20 + 500);
    else if (inSight < Math.min(total[call] * this.scale, 40)) {
      const middle = start[call] + Math.min(total[call], span) / 2;
      this.show(middle - span / 2, middle + span / 2);
    }
  }

  /** Selects the call and shows its details, or selects none. Scrolls to the call, as the details take room. */
  select(call) {
    this.picked = call;
    address.keep();
    this.surface.draw();
    if (call < 0) return;
    detailCall(call);
    if (this.placement.track[call].isHidden) return;
    const top = this.top(call);
    this.surface.scrollTo(top, top + LANE, RULER + HEAD);
  }

  top(call) {
    return this.placement.track[call].top + HEAD + this.placement.lane[call] * LANE;
  }

  /** Returns the first call at the visible times: in the highest lane in sight, or else in any lane, or else any call. */
  firstInSight() {
    const { surface } = this;
    const bottom = surface.room - Math.max(0, surface.above - surface.scroller.scrollTop);
    let other = -1;
    for (const track of this.tracks.filter((track) => !track.isFolded)) {
      for (const [lane, calls] of track.lanes.entries()) {
        const call = calls[firstWhere(calls.length, (index) => this.calls.end[calls[index]] >= this.from)];
        if (call === undefined || this.calls.start[call] > this.to) continue;
        const y = track.top + HEAD + lane * LANE - surface.scrolled;
        if (y >= RULER && y + LANE <= bottom) return call;
        if (other < 0) other = call;
      }
    }
    return other < 0 && this.calls.length > 0 ? 0 : other;
  }

  /** Returns the track whose heading is at a point of the canvas, or the call there. */
  hit(x, y) {
    const nothing = { track: null, call: -1 };
    if (y < RULER) return nothing;
    const high = y + this.surface.scrolled;
    const next = firstWhere(this.tracks.length, (track) => this.tracks[track].top > high);
    const track = this.tracks[next - 1];
    if (track === undefined) return nothing;
    const lane = Math.floor((high - track.top - HEAD) / LANE);
    if (high < track.top + HEAD) return { track, call: -1 };
    const calls = track.isFolded ? undefined : track.lanes[lane];
    return { track: null, call: calls === undefined ? -1 : this.nearest(calls, x) };
  }

  /** Returns the call of a lane at `x`, or the nearest within three pixels. */
  nearest(calls, x) {
    const { start, end } = this.calls;
    const time = this.time(x);
    const first = firstWhere(calls.length, (index) => end[calls[index]] >= time);
    const away = (index) => {
      const call = calls[index];
      if (call === undefined) return Infinity;
      return Math.max(start[call] - time, time - end[call], 0) * this.scale;
    };
    const best = [first - 1, first].reduce((one, other) => (away(other) <= away(one) ? other : one));
    return away(best) <= 3 ? calls[best] : -1;
  }

  draw() {
    const { surface } = this;
    surface.clear();
    const step = this.drawGrid();
    const top = surface.scrolled;
    for (const track of this.tracks) {
      const y = track.top - top;
      const height = HEAD + (track.isFolded ? 0 : track.lanes.length * LANE);
      if (y > surface.height || y + height < RULER) continue;
      this.drawTrack(track, y);
    }
    drawMessages(this);
    this.drawMarks();
    this.drawRuler(step);
  }

  drawTrack(track, y) {
    const { surface } = this;
    const { colours } = paint;
    surface.context.fillStyle = colours.raised;
    surface.context.fillRect(0, y, surface.width, HEAD - 3);
    const title = `${track.isFolded ? "▸" : "▾"} ${track.name}`;
    surface.text(title, 8, y + HEAD / 2 - 1, surface.width - 16, colours.text);
    const drawn = report.undrawn > 0 ? "drawn call" : "call";
    const what = track.calls === 0 && report.undrawn === 0 ? "polls of futures" : count(track.calls, drawn);
    const about = `${track.about} · ${what} · ${duration(track.busy)} ${track.isAsync ? "open" : "busy"}`;
    const x = 8 + (title.length + 2) * surface.letter;
    surface.text(about, x, y + HEAD / 2 - 1, surface.width - x - 8, colours.dim);
    if (track.isFolded && track.lanes.length > 0) {
      this.drawLane(track.lanes[0], y + HEAD - 3, 4, false);
      return;
    }
    const first = Math.max(0, Math.floor((RULER - y - HEAD) / LANE));
    const last = Math.min(track.lanes.length, Math.ceil((surface.height - y - HEAD) / LANE));
    for (let lane = first; lane < last; lane++) {
      this.drawLane(track.lanes[lane], y + HEAD + lane * LANE);
    }
  }

  /** Calls that are narrower than a pixel are drawn as one. */
  drawLane(calls, y, height = LANE, isNamed = true) {
    const { start, end } = this.calls;
    const { surface, scale } = this;
    const found = search.calls;
    let next = firstWhere(calls.length, (index) => end[calls[index]] >= this.from);
    let [marked, dimmed] = [-1, -1]; // the last pixels drawn for a match, and for another call
    while (next < calls.length && start[calls[next]] <= this.to) {
      const call = calls[next];
      const x = this.x(start[call]);
      const width = (end[call] - start[call]) * scale;
      const isFound = found === null || found[call] === 1;
      const fill = isFound ? paint.fill(rowOf(call)) : paint.colours.grid;
      if (width >= 1.5) {
        surface.bar(x, y, width, height, fill, isNamed ? rowOf(call).name : "", isFound ? paint.ink : paint.colours.dim);
        next += 1;
        continue;
      }
      const pixel = Math.floor(x);
      if (pixel > (isFound ? marked : Math.max(marked, dimmed))) surface.bar(pixel, y, 1, height, fill, "", "");
      if (isFound) marked = pixel;
      else dimmed = pixel;
      if (found === null) {
        const behind = this.time(pixel + 1);
        next = Math.max(next + 1, firstWhere(calls.length, (index) => end[calls[index]] > behind, next));
      } else {
        next += 1;
      }
    }
  }

  /** Draws the calls that must stay visible among many: open, failed and selected ones. */
  drawMarks() {
    const { surface } = this;
    const { colours } = paint;
    const { context } = surface;
    const visible = (call) => {
      const y = this.top(call) - surface.scrolled;
      const inSight = this.calls.end[call] >= this.from && this.calls.start[call] <= this.to;
      const { isFolded, isHidden } = this.placement.track[call];
      return inSight && !isFolded && !isHidden && y > -LANE && y < surface.height ? y : null;
    };
    const box = (call) => [this.x(this.calls.start[call]), Math.max((this.calls.end[call] - this.calls.start[call]) * this.scale, 2)];
    for (const call of report.open) {
      const y = visible(call);
      if (y === null) continue;
      const [x, width] = box(call);
      context.setLineDash([3, 3]);
      surface.outline(x, y + 0.5, width, LANE - 1, colours.text, 1);
      context.setLineDash([]);
      if (width > 90) this.drawSign("open …", x + width, y, colours.text);
    }
    const drawn = new Set(); // positions of wedges, at most one each
    for (const failure of [...report.failures.filter(isFailed), ...report.failures.filter((failure) => !isFailed(failure))]) {
      const y = search.calls?.[failure.call] === 0 ? null : visible(failure.call);
      if (y === null) continue;
      const colour = isFailed(failure) ? colours.bad : colours.dim;
      const [x, width] = box(failure.call);
      if (width >= 18) {
        surface.outline(x + 1, y + 1, width - 2, LANE - 2, colour, isFailed(failure) ? 2 : 1);
        this.drawSign(width > 150 ? sign(failure) : sign(failure)[0], x + width, y, colour);
      } else if (isFailed(failure) && !drawn.has(`${y} ${Math.round(x / 4)}`)) {
        drawn.add(`${y} ${Math.round(x / 4)}`);
        this.drawWedge(x, y, width, colour);
      }
    }
    const y = this.picked < 0 ? null : visible(this.picked);
    if (y !== null) {
      const [x, width] = box(this.picked);
      surface.outline(x - 1, y - 1, width + 2, LANE + 2, colours.accent, 3);
    }
  }

  /** Draws a text at the right end of a bar. */
  drawSign(text, right, y, colour) {
    const { surface } = this;
    const width = text.length * surface.letter + 8;
    const x = Math.min(right, surface.width) - width - 2;
    surface.context.fillStyle = paint.colours.surface;
    surface.context.fillRect(x, y + 2.5, width, LANE - 6);
    surface.text(`${text} `, x + 4, y + LANE / 2, width + 12, colour);
  }

  /** Draws a wedge above a bar that is too narrow for a sign. */
  drawWedge(x, y, width, colour) {
    const { context } = this.surface;
    const middle = x + width / 2;
    context.fillStyle = colour;
    context.fillRect(x, y, width, LANE - 1);
    context.beginPath();
    context.moveTo(middle - 4, y - 1);
    context.lineTo(middle + 4, y - 1);
    context.lineTo(middle, y + 6);
    context.fill();
  }

  /** Draws the grid. Returns the distance of its lines in nanoseconds. */
  drawGrid() {
    const least = Math.max(((this.to - this.from) / this.surface.width) * 110, 1); // times are whole nanoseconds
    const power = 10 ** Math.floor(Math.log10(least));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least);
    this.surface.context.fillStyle = paint.colours.grid;
    for (const x of this.ticks(step)) this.surface.context.fillRect(Math.round(x), RULER, 1, this.surface.height);
    return step;
  }

  ticks(step) {
    const first = Math.max(0, Math.ceil(this.from / step));
    const last = Math.floor(Math.min(this.to, this.end) / step);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, tick) => this.x((first + tick) * step));
  }

  drawRuler(step) {
    const { surface } = this;
    const { context } = surface;
    const { colours } = paint;
    if (this.range !== null) {
      const [one, other] = this.range.map((time) => this.x(time));
      context.fillStyle = colours.accent;
      context.globalAlpha = 0.18;
      context.fillRect(Math.min(one, other), RULER, Math.abs(other - one), surface.height);
      context.globalAlpha = 1;
    }
    context.fillStyle = colours.surface;
    context.fillRect(0, 0, surface.width, RULER);
    context.fillStyle = colours.line;
    context.fillRect(0, RULER - 1, surface.width, 1);
    let free = 0; // where the next label may begin
    for (const x of this.ticks(step)) {
      context.fillStyle = colours.line;
      context.fillRect(Math.round(x), RULER - 8, 1, 8);
      const text = moment(Math.round(this.time(x) / step) * step, step);
      const width = text.length * surface.letter;
      const left = Math.min(x + 4, surface.width - width - 4); // the last one may be left of its line
      if (left < free) continue;
      surface.text(text, left, RULER / 2 - 1, width + 1, colours.dim);
      free = left + width + 8;
    }
    if (this.pointer >= 0) this.drawPointer();
  }

  drawPointer() {
    const { surface } = this;
    const { colours } = paint;
    const text = this.range === null
      ? moment(Math.max(0, this.time(this.pointer)), (this.to - this.from) / 1000)
      : duration(Math.abs(this.range[1] - this.range[0]));
    const width = text.length * surface.letter + 10;
    const left = Math.min(this.pointer, surface.width - width);
    surface.context.fillStyle = colours.dim;
    surface.context.fillRect(this.pointer, RULER, 1, surface.height);
    surface.context.fillStyle = colours.text;
    surface.context.fillRect(left, 2, width, RULER - 6);
    surface.text(text, left + 5, RULER / 2 - 1, width, colours.surface);
  }
}
