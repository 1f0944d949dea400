// The failures. A failure that passed through several calls is listed once, at the innermost call.

const PAGE_SIZE = 100;

class Failures {
  constructor() {
    this.list = this.innermost();
    this.causes = [...new Set(this.list.map(({ failure }) => failure.cause))];
    this.hidden = new Set();
    this.limit = PAGE_SIZE;
    $("more-failures").onclick = () => {
      this.limit += 5 * PAGE_SIZE;
      this.draw();
    };
    if (this.causes.length > 1) $("causes").append(...this.causes.map((cause) => this.chip(cause)));
    $("causes").hidden = this.causes.length < 2;
    this.draw();
  }

  /** Returns the innermost failures by time. `through` lists the calls around that failed for the same reason. */
  innermost() {
    const outer = new Set();
    const isSame = (one, other) => one.cause === other.cause && one.message === other.message && one.location === other.location;
    const list = report.failures.map((failure) => {
      const through = [];
      for (let call = report.calls.parent[failure.call]; call >= 0; call = report.calls.parent[call]) {
        const around = failureOf(call);
        if (around === null || !isSame(failure, around)) break;
        through.push(call);
        outer.add(around);
      }
      return { failure, through };
    });
    const inner = list.filter(({ failure }) => !outer.has(failure));
    return inner.sort((one, other) => report.calls.end[one.failure.call] - report.calls.end[other.failure.call]);
  }

  chip(cause) {
    const number = this.list.filter(({ failure }) => failure.cause === cause).length;
    const press = () => {
      if (!this.hidden.delete(cause)) this.hidden.add(cause);
      chip.setAttribute("aria-pressed", String(!this.hidden.has(cause)));
      this.draw();
    };
    const text = `${sign({ cause })} ${whole.format(number)}`;
    const chip = el("button", { type: "button", className: "chip", "aria-pressed": "true", onclick: press }, text);
    return chip;
  }

  item({ failure, through }) {
    const { call } = failure;
    const row = rowOf(call);
    const show = action("Show in the timeline", () => timeline.zoomTo(call));
    const head = el(
      "div",
      { className: "head" },
      el("span", { className: "cause" }, sign(failure)),
      el("span", { className: "name" }, row.name),
      el("span", { className: "kind" }, `${row.kind} · at ${moment(report.calls.end[call], 1e3)} · ${threadOf(call).name}`),
      show,
    );
    const around = through.slice(0, 20).map((call) => rowOf(call).name).join(" ‹ ");
    const facts = terms([
      ["Type", failure.type],
      ["Location", failure.location ?? row.where],
      ["Passed through", around === "" ? null : `${around}${through.length > 20 ? " ‹ …" : ""}`],
      ["Duration", duration(report.calls.total[call])],
    ]);
    return el(
      "li",
      {},
      head,
      failure.message === "" ? null : el("pre", {}, failure.message),
      el("div", { className: "facts-of" }, facts, terms(fieldsOf(call), "mono")),
    );
  }

  draw() {
    const isFound = ({ failure }) => !this.hidden.has(failure.cause) && (search.calls === null || search.calls[failure.call] === 1);
    const shown = this.list.filter(isFound);
    $("failed").replaceChildren(...shown.slice(0, this.limit).map((entry) => this.item(entry)));
    $("more-failures").hidden = shown.length <= this.limit;
    $("no-failures").hidden = shown.length > 0;
    $("no-failures").textContent = this.list.length > 0 ? "No failure matches." : report.calls.length > 0 ? "Nothing failed." : NOTHING;
  }
}
