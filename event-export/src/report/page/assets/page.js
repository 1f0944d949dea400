// The page around the views: facts, notices, tabs, search and theme.

const TABS = ["timeline", "flame", "table", "failures"];

function openTab(name) {
  if (name === openedTab()) return;
  hideTip();
  for (const tab of TABS) {
    const isOpen = tab === name;
    $(tab).hidden = !isOpen;
    $(`tab-${tab}`).setAttribute("aria-selected", String(isOpen));
    $(`tab-${tab}`).tabIndex = isOpen ? 0 : -1;
  }
  // A canvas is black until its size is known.
  timeline.surface.fit();
  flameView.surface.fit();
  startMatches();
}

const openedTab = () => TABS.find((tab) => !$(tab).hidden);

function watchTabs() {
  for (const tab of TABS) $(`tab-${tab}`).onclick = () => openTab(tab);
  document.querySelector(".tabs").addEventListener("keydown", (event) => {
    const index = TABS.indexOf(openedTab());
    const next = { ArrowLeft: TABS.at(index - 1), ArrowRight: TABS[(index + 1) % TABS.length], Home: TABS[0], End: TABS.at(-1) }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    openTab(next);
    $(`tab-${next}`).focus();
  });
}

function showFacts() {
  const program = report.program ?? "Event report";
  $("program").textContent = program;
  document.title = `${program} · event report`;
  const date = new Date(report.date);
  const title = `${date.toISOString()}, process ${report.pid}`;
  const time = el("time", { dateTime: date.toISOString(), title }, date.toLocaleString());
  const fact = (value, what, className = "") => el("li", { className }, el("b", {}, value), ` ${what}`);
  const plural = (number, one) => fact(whole.format(number), number === 1 ? one : `${one}s`);
  $("facts").append(
    fact(duration(report.duration), "run time"),
    plural(report.callCount, "call"),
    fact(whole.format(report.failedCalls), "failed", report.failedCalls > 0 ? "bad" : ""),
    fact(whole.format(report.cancelled), "cancelled"),
    plural(report.rows.length, "function"),
    plural(report.threads.length, "thread"),
    el("li", {}, time),
  );
  if (report.open.length > 0) $("facts").append(fact(whole.format(report.open.length), "open"));
  if (report.undrawn > 0) $("facts").append(fact(whole.format(report.undrawn), "not drawn"));
  if (report.failedCalls > 0) $("tab-failures").append(el("span", { className: "badge" }, whole.format(report.failedCalls)));
}

function showNotices() {
  for (const [note] of report.notes) notice("", visibleLine(note), "");
  if (report.undrawn > 0) {
    const how = `none of them longer than ${duration(report.longestUndrawn)}; the table and the flame graph count them all.`;
    notice("", `${count(report.undrawn, "call is", "calls are")} not drawn in the timeline,`, how);
  }
  if (report.lost > 0) notice("bad", `${count(report.lost, "call was", "calls were")} not counted,`, "because too many were open at the same time.");
  if (report.droppedMarks > 0) notice("bad", `${count(report.droppedMarks, "message is", "messages are")} not shown,`, "because there were too many between the first and the last ones.");
}

/** What a search finds in each tab: the view, the name of a match, and what is searched. */
const searched = {
  timeline: () => [timeline, report.undrawn > 0 ? "drawn call" : "call", "names, arguments, messages, traces"],
  flame: () => [flameView, "stack", "functions, kinds, modules"],
  table: () => [tableView, "function", "functions, kinds, modules"],
  failures: () => [failuresView, "group", "names, arguments, messages, traces"],
};

/** The matches of the open view. They are computed once for each text and view. */
let matches = [];

function startMatches() {
  const [view, , where] = searched[openedTab()]();
  $("query").placeholder = `Search ${where}`;
  $("query").setAttribute("aria-label", `Search ${where}`);
  matches = search.text === "" ? [] : view.matches();
  search.index = -1;
  address.keep();
  document.querySelector(".current")?.classList.remove("current");
  countMatches();
}

function countMatches() {
  const [, what] = searched[openedTab()]();
  const at = search.index < 0 ? "" : `${whole.format(search.index + 1)} of `;
  $("found").textContent = search.text === "" ? "" : `${at}${count(matches.length, what)}`;
  $("previous").disabled = $("next").disabled = matches.length === 0;
}

/** Shows the next or previous match in the open view. */
function stepMatch(by) {
  const { length } = matches;
  if (length === 0) return;
  const from = search.index < 0 && by < 0 ? 0 : search.index;
  search.index = (from + by + length) % length;
  const [view] = searched[openedTab()]();
  view.reveal(matches[search.index]);
  countMatches();
}

function watchSearch() {
  const look = () => {
    find($("query").value);
    redraw();
    tableView.draw();
    failuresView.draw();
    startMatches();
  };
  $("query").addEventListener("input", look);
  $("query").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey) {
      event.preventDefault();
      stepMatch(-1);
    }
  });
  $("previous").onclick = () => stepMatch(-1);
  $("search").addEventListener("submit", (event) => {
    event.preventDefault();
    stepMatch(1);
  });
}

/** The keys that act in every view. */
function watchKeys() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyped = event.key.length === 1 && event.target.matches("input, select");
    const tab = TABS[Number(event.key) - 1];
    if (isTyped) return;
    if (event.key === "/") $("query").select();
    else if (event.key === "?") $("help").open = !$("help").open;
    else if (tab !== undefined) enterTab(tab);
    else if (event.key.toLowerCase() === "f") stepFailure(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && $("help").open) $("help").open = false;
    else if (event.key === "Escape" && !$("details").hidden) closeDetails();
    else if (event.key === "Escape" && openedTab() === "flame") flameView.zoom(-1);
    else return;
    event.preventDefault();
  });
}

/** Opens a view, and moves the focus to its contents. */
function enterTab(tab) {
  openTab(tab);
  const first = { table: "#functions button", failures: "#failed summary" }[tab];
  const focusable = (first && document.querySelector(first)) ?? $(tab).querySelector("[tabindex='0']");
  focusable.focus();
}

/** Selects the next or previous failed call in the timeline, by the times of their ENDs. Calls that passed a failure on are left out. */
function stepFailure(by) {
  const { end } = report.calls;
  const calls = report.groups.filter(isFailed).flatMap((group) => failuresView.origins(group)).map(({ call }) => call);
  calls.sort((one, other) => end[one] - end[other]);
  const at = calls.indexOf(timeline.picked);
  const next = at < 0 && by < 0 ? calls.at(-1) : calls[(at + by + calls.length) % calls.length];
  if (next === undefined) return;
  timeline.reveal(next);
  $("timeline-canvas").focus({ preventScroll: true });
}

/** Searches for `text` as if the user had typed it. */
function searchFor(text, tab = openedTab()) {
  $("query").value = text;
  $("query").dispatchEvent(new Event("input"));
  openTab(tab);
}

function redraw() {
  timeline.surface.draw();
  timeline.overview.draw();
  flameView.surface.draw();
}

/** Stores the theme. Some browsers refuse `localStorage` to local files. */
const storage = {
  get theme() {
    try {
      return localStorage.getItem("event-export-theme");
    } catch {
      return null;
    }
  },
  set theme(theme) {
    try {
      localStorage.setItem("event-export-theme", theme);
    } catch {
      // The theme applies to this page view only.
    }
  },
};

function watchTheme(wanted) {
  const themes = ["auto", "light", "dark"];
  let theme = wanted ?? storage.theme;
  const apply = () => {
    if (!themes.includes(theme)) theme = "auto";
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    $("theme").textContent = `Theme: ${theme}`;
    paint.refresh();
  };
  $("theme").onclick = () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    storage.theme = theme;
    address.theme = null; // the address no longer decides
    address.keep();
    apply();
    repaint();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    apply();
    repaint();
  });
  apply();
}

/** Prints all of the timeline or flame graph, in light colours. */
function watchPrint() {
  const surfaces = [timeline.surface, flameView.surface];
  const { dataset } = document.documentElement;
  addEventListener("beforeprint", () => {
    const { theme } = dataset;
    dataset.theme = "light";
    paint.refresh();
    answers.draw();
    for (const surface of surfaces) {
      surface.scroller.append(el("div", { className: "pages" }, ...surface.pages()));
    }
    addEventListener(
      "afterprint",
      () => {
        document.querySelectorAll(".pages").forEach((pages) => pages.remove());
        if (theme === undefined) delete dataset.theme;
        else dataset.theme = theme;
        paint.refresh();
        repaint();
      },
      { once: true },
    );
  });
}

/** Draws everything whose colours depend on the theme. */
function repaint() {
  redraw();
  answers.draw();
  if (timeline.picked >= 0) detailCall(timeline.picked);
}

address.theme = address.read().theme ?? null;
watchTheme(address.theme);
const timeline = new Timeline();
new Input(timeline);
const flameView = new Flame();
const tableView = new Table();
const failuresView = new Failures();
const answers = new Answers();
showFacts();
showNotices();
watchTabs();
watchSearch();
watchKeys();
watchPrint();
timeline.surface.fit();
startMatches();
address.show();
addEventListener("hashchange", () => address.show());
if (report.callCount === 0) $("timeline-scroller").append(el("p", { className: "empty nothing" }, NOTHING));
document.body.dataset.ready = `${report.calls.length} scopes`;
