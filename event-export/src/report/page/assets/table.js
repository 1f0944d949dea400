// The table: one row for each kind and function, sorted by a column.

const COLUMNS = [
  { key: "name", title: "Function", text: true },
  { key: "calls", title: "Calls", write: (row) => whole.format(row.calls) + (row.open > 0 ? ` + ${row.open} open` : "") },
  { key: "failed", title: "Failed", write: (row) => whole.format(row.failed), isBad: true },
  { key: "cancelled", title: "Cancelled", write: (row) => whole.format(row.cancelled) },
  { key: "total", title: "Total", about: "Recursive calls count once, in the outermost call" },
  { key: "own", title: "Self", about: "Time without the calls inside and without the waiting of futures; the bar is the share of all self time", isShare: true },
  { key: "mean", title: "Mean" },
  { key: "p50", title: "p50" },
  { key: "p95", title: "p95" },
  { key: "p99", title: "p99" },
  { key: "max", title: "Max" },
];

class Table {
  constructor() {
    this.sorted = "own";
    this.isRising = false;
    this.own = report.rows.reduce((sum, row) => sum + row.own, 0);
    const isNeeded = (column) => column.key !== "cancelled" || report.rows.some((row) => row.cancelled > 0);
    this.columns = COLUMNS.filter(isNeeded);
    this.headings = this.columns.map((column) => this.heading(column));
    $("headings").append(...this.headings);
    this.lines = report.rows.map((row) => ({ row, element: this.line(row) }));
    this.draw();
  }

  heading(column) {
    const arrow = el("span", { className: "arrow", "aria-hidden": "true" });
    const press = () => this.sort(column.key);
    const button = el("button", { type: "button", title: column.about ?? "", onclick: press }, ...(column.text ? [column.title, arrow] : [arrow, column.title]));
    return el("th", { scope: "col" }, button);
  }

  sort(key) {
    this.isRising = key === this.sorted ? !this.isRising : key === "name";
    this.sorted = key;
    this.draw();
    startMatches();
  }

  line(row) {
    const find = () => searchFor(row.name, "timeline");
    const name = el("button", { type: "button", className: "link", title: "Find its calls in the timeline", onclick: find }, row.name);
    const head = el("th", { scope: "row", title: row.where ?? "" }, name, kindOf(row));
    const line = el("tr", {}, head);
    for (const column of this.columns.slice(1)) line.append(this.cell(row, column));
    return line;
  }

  cell(row, { key, write, isBad, isShare }) {
    const value = row[key];
    const text = value === null ? "–" : write === undefined ? duration(value) : write(row);
    const cell = el("td", { className: value === null || value === 0 ? "none" : isBad ? "bad" : "" }, text);
    if (isShare) {
      cell.classList.add("share");
      cell.style.setProperty("--share", `${this.own > 0 ? (100 * value) / this.own : 0}%`);
      cell.append(el("span", { className: "percent" }, percent(value, this.own)));
    }
    return cell;
  }

  draw() {
    const { sorted } = this;
    const order = this.isRising ? 1 : -1;
    const compare = (one, other) => (typeof one === "string" ? one.localeCompare(other) : (one ?? -1) - (other ?? -1));
    this.lines.sort((one, other) => order * compare(one.row[sorted], other.row[sorted]));
    const shown = this.matches();
    $("functions").replaceChildren(...shown.map((line) => line.element));
    this.columns.forEach((column, index) => {
      const isSorted = column.key === sorted;
      const heading = this.headings[index];
      heading.setAttribute("aria-sort", isSorted ? (this.isRising ? "ascending" : "descending") : "none");
      heading.querySelector(".arrow").textContent = isSorted ? (this.isRising ? "▲" : "▼") : "";
    });
    $("no-functions").hidden = shown.length > 0;
    $("no-functions").textContent = this.lines.length > 0 ? noMatch("No function, kind or module") : NOTHING;
  }

  /** Returns the lines of the functions that match the search, in order. */
  matches() {
    return this.lines.filter(({ row }) => search.rows === null || search.rows[report.rows.indexOf(row)]);
  }

  /** Marks a line and scrolls to it. The focus stays in the search field. */
  reveal({ element }) {
    markCurrent(element);
  }
}
