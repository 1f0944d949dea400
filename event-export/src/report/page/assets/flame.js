// The flame graph. The width of a stack is its self time and that of all stacks inside it. Outermost calls are on top.

const LEVEL = 21;

class Flame {
  constructor() {
    this.stacks = report.stacks;
    this.children = this.stacks.row.map(() => []);
    this.total = Float64Array.from(this.stacks.own);
    this.outermost = [];
    this.all = 0;
    this.add();
    this.root = -1;
    this.picked = -1;
    this.boxes = [];
    this.surface = new Surface($("flame-canvas"), () => this.draw());
    this.surface.setContent(0);
    const { canvas } = this.surface;
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerleave", hideTip);
    canvas.addEventListener("click", (event) => this.click(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
    $("flame-all").onclick = () => this.zoom(-1);
  }

  /** Adds the totals of callees to their callers. Callers have smaller numbers, so the loop runs backwards. */
  add() {
    const { below } = this.stacks;
    for (let stack = below.length - 1; stack >= 0; stack--) {
      if (below[stack] >= 0) this.total[below[stack]] += this.total[stack];
      else this.all += this.total[stack];
      this.beside(stack).push(stack);
    }
    const widest = (one, other) => this.total[other] - this.total[one];
    this.outermost.sort(widest);
    for (const children of this.children) children.sort(widest);
  }

  /** Returns the stacks with the same caller as `stack`, including itself. */
  beside(stack) {
    return this.children[this.stacks.below[stack]] ?? this.outermost;
  }

  row(stack) {
    return report.rows[this.stacks.row[stack]] ?? { name: "(other stacks)", kind: "beyond the limit", module: null, hue: 260 };
  }

  zoom(stack) {
    this.root = stack;
    address.keep();
    this.surface.scroller.scrollTop = 0;
    this.surface.draw();
  }

  /** Computes a box for each stack that is wide enough to be visible. */
  layOut() {
    const { width } = this.surface;
    this.boxes = [];
    let deepest = 0;
    const below = [];
    for (let stack = this.root; stack >= 0; stack = this.stacks.below[stack]) below.unshift(stack);
    const pending = [];
    const all = this.root < 0 ? this.all : this.total[this.root];
    const spread = (stacks, x, level) => {
      for (const stack of stacks) {
        const wide = (this.total[stack] / all) * width;
        if (wide < 0.4) break; // the others are narrower
        pending.push({ stack, x, width: wide, level });
        x += wide;
      }
    };
    below.forEach((stack, level) => this.boxes.push({ stack, x: 0, width, level, isBelow: stack !== this.root }));
    if (this.root < 0) spread(this.outermost, 0, 0);
    else spread(this.children[this.root], 0, below.length);
    while (pending.length > 0) {
      const box = pending.pop();
      this.boxes.push(box);
      deepest = Math.max(deepest, box.level);
      spread(this.children[box.stack], box.x, box.level + 1);
    }
    this.surface.setContent((Math.max(deepest, below.length) + 1) * LEVEL + 12);
  }

  draw() {
    const { surface } = this;
    this.layOut();
    surface.clear();
    const { colours } = paint;
    for (const { stack, x, width, level, isBelow } of this.boxes) {
      const y = level * LEVEL + 6 - surface.scrolled;
      if (y < -LEVEL || y > surface.height) continue;
      const row = this.row(stack);
      const isFound = search.rows === null || search.rows[this.stacks.row[stack]];
      const fill = isFound && !isBelow ? paint.fill(row) : isFound ? colours.raised : colours.grid;
      const text = width > 260 ? `${row.name}  ${duration(this.total[stack])}, ${percent(this.total[stack], this.all)}` : row.name;
      surface.bar(x, y, width, LEVEL, fill, text, isFound ? (isBelow ? colours.text : paint.ink) : colours.dim);
      if (isFound && search.rows !== null) surface.outline(x + 1, y + 1, width - 2.6, LEVEL - 2, colours.text, 1);
      if (stack === this.picked) surface.outline(x + 1, y + 1, width - 2, LEVEL - 2, colours.accent, 3);
    }
  }

  hit(event) {
    const [x, y] = this.surface.at(event);
    const level = Math.floor((y + this.surface.scrolled - 6) / LEVEL);
    return this.boxes.find((box) => box.level === level && x >= box.x && x < box.x + box.width)?.stack ?? -1;
  }

  figures(stack) {
    const row = this.row(stack);
    const total = this.total[stack];
    const list = terms([
      ["Total", `${duration(total)} (${percent(total, this.all)} of all)`],
      ["Self", `${duration(this.stacks.own[stack])} (${percent(this.stacks.own[stack], total)})`],
      ["Calls", whole.format(this.stacks.calls[stack])],
    ]);
    return [heading(row), kindOf(row), list];
  }

  hover(event) {
    const stack = this.hit(event);
    if (stack < 0 || event.pointerType === "touch") hideTip();
    else showTip(event.clientX, event.clientY, this.figures(stack));
  }

  click(event) {
    const stack = this.hit(event);
    if (stack < 0) return;
    hideTip();
    this.zoom(stack);
    this.pick(stack);
  }

  pick(stack) {
    this.picked = stack;
    const [title, kind, list] = this.figures(stack);
    const chain = [];
    for (let next = this.stacks.below[stack]; next >= 0 && chain.length < 60; next = this.stacks.below[next]) {
      const below = next;
      chain.push(el("li", {}, link(this.row(below).name, () => this.go(below))));
    }
    const from = chain.length > 0 ? [el("h3", {}, "Called from"), el("ol", {}, ...chain)] : [];
    const find = action("Find its calls", () => searchFor(this.row(stack).name, "timeline"));
    openDetails(title, kind, list, ...from, el("div", { className: "actions" }, find));
    let level = 0;
    for (let next = this.stacks.below[stack]; next >= 0; next = this.stacks.below[next]) level += 1;
    this.surface.scrollTo(level * LEVEL, level * LEVEL + LEVEL + 6, 0);
  }

  go(stack) {
    this.zoom(stack);
    this.pick(stack);
  }

  key(event) {
    const beside = this.picked < 0 ? this.outermost : this.beside(this.picked);
    const index = beside.indexOf(this.picked);
    const next = {
      ArrowDown: (this.picked < 0 ? this.outermost : this.children[this.picked])[0],
      ArrowUp: this.stacks.below[this.picked],
      ArrowLeft: beside[index - 1],
      ArrowRight: beside[index + 1],
    };
    if (event.key in next) {
      if (next[event.key] >= 0) this.reveal(next[event.key]);
    } else if (event.key === "Enter" && this.picked >= 0) this.zoom(this.picked);
    else if (event.key === "0") this.zoom(-1);
    else return;
    event.preventDefault();
  }

  /** Returns the stacks of the functions that match the search, the widest first. */
  matches() {
    if (search.rows === null) return [];
    const stacks = [...this.stacks.row.keys()].filter((stack) => search.rows[this.stacks.row[stack]]);
    return stacks.sort((one, other) => this.total[other] - this.total[one]);
  }

  /** Selects a stack. If it is outside the zoomed part, zooms to its caller first. */
  reveal(stack) {
    let isInside = this.root < 0;
    for (let next = stack; next >= 0; next = this.stacks.below[next]) isInside ||= next === this.root;
    if (!isInside) this.zoom(this.stacks.below[stack]);
    this.pick(stack);
  }
}
