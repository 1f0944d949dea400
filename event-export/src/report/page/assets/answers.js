// The first part of the page: where the time went, which calls were slow, and what failed.

const TOP = 5;

/** A timeline below this height is small. There is room for more calls above it. */
const SMALL = 200;

class Answers {
  constructor() {
    this.isSmall = timeline.surface.content < SMALL;
    this.own = report.rows.reduce((sum, row) => sum + row.own, 0);
    this.busiest = report.rows.filter((row) => row.own > 0).sort((one, other) => other.own - one.own).slice(0, TOP);
    const { total, length } = report.calls;
    const calls = this.isSmall ? Array.from({ length }, (_, call) => call) : this.slowestOfEach();
    this.slowest = calls.sort((one, other) => total[other] - total[one]).slice(0, this.isSmall ? 2 * TOP : TOP);
    this.draw();
  }

  /** Returns the slowest call of each function. A list of all calls might repeat one function, or one chain of callers. */
  slowestOfEach() {
    const { total, length, row } = report.calls;
    const slowest = new Map();
    for (let call = 0; call < length; call++) {
      if (!(total[call] <= total[slowest.get(row[call])])) slowest.set(row[call], call);
    }
    return [...slowest.values()];
  }

  draw() {
    const groups = failuresView.list.filter(isFailed).slice(0, TOP - 1); // as high as the other lists
    const nothing = el("p", { className: "none" }, "Nothing failed.");
    const parts = [
      this.part("Most self time", this.busiest.map((row) => this.function(row))),
      this.part(this.isSmall ? "Slowest calls" : "Slowest calls, one of each function", this.slowest.map((call) => this.call(call))),
      this.part("Failures", groups.length > 0 ? groups.map((group) => this.group(group)) : [nothing]),
    ];
    if (report.callCount > 0) $("answers").replaceChildren(...parts);
  }

  part(title, entries) {
    return el("section", {}, el("h2", {}, title), el("ol", {}, ...entries.map((entry) => el("li", {}, entry))));
  }

  /** Returns a button with a name, figures, and a bar of a part of the width. */
  entry(name, figures, title, act, row, part) {
    const bar = el("span", { className: "share" });
    bar.style.width = `${Math.max(100 * part, 0.5)}%`;
    bar.style.background = paint.fill(row);
    const line = el("span", { className: "line" }, el("span", { className: "name" }, name), el("span", { className: "figures" }, ...figures));
    return el("button", { type: "button", title, onclick: act }, line, el("span", { className: "whole" }, bar));
  }

  function(row) {
    const figures = [el("b", {}, duration(row.own)), ` ${percent(row.own, this.own)}`];
    const title = `${row.kind}: ${count(row.calls, "call")}. Find its calls in the timeline`;
    return this.entry(row.name, figures, title, () => searchFor(row.name, "timeline"), row, row.own / this.busiest[0].own);
  }

  call(call) {
    const { start, total } = report.calls;
    const row = rowOf(call);
    const figures = [el("b", {}, duration(total[call])), ` at ${moment(start[call], report.duration / 1000)}`];
    const part = total[call] / Math.max(total[this.slowest[0]], 1);
    return this.entry(row.name, figures, `${row.kind}. Show it in the timeline`, () => timeline.zoomTo(call), row, part);
  }

  group(group) {
    const name = report.rows[group.row]?.name ?? "(other failures)";
    const show = () => {
      openTab("failures");
      failuresView.reveal(group);
    };
    return el(
      "button",
      { type: "button", title: "Show the failed calls", onclick: show },
      el("span", { className: "line" }, el("span", { className: "cause" }, sign(group)), el("span", { className: "name" }, name), el("b", { className: "figures" }, count(group.calls, "call"))),
      el("span", { className: "message" }, group.message),
    );
  }
}
