// The address of the page keeps what is shown: the tab, the visible times, the selected call or stack, and the search.
// An example is `#timeline&from=1200&to=5600&call=17`. Times are in nanoseconds. `dark` and `light` select the theme.

/** The words with a number. */
const NUMBERS = ["from", "to", "call", "stack"];

const address = {
  theme: null,
  timer: 0,

  read() {
    const state = { find: "" };
    for (const word of location.hash.slice(1).split("&")) {
      const [key, value] = word.split("=");
      if (value === undefined) {
        if (TABS.includes(key)) state.tab = key;
        if (key === "dark" || key === "light") state.theme = key;
      } else if (key === "find") {
        try {
          state.find = decodeURIComponent(value);
        } catch {
          // An incomplete address.
        }
      } else if (NUMBERS.includes(key) && /^-?\d+$/.test(value)) {
        state[key] = Number(value);
      }
    }
    return state;
  },

  words() {
    const { from, to, end, picked } = timeline;
    const words = [openedTab()];
    if (this.theme !== null) words.push(this.theme);
    if (from > 0 || to < end) words.push(`from=${Math.round(from)}`, `to=${Math.round(to)}`);
    if (picked >= 0) words.push(`call=${picked}`);
    if (flameView.root >= 0) words.push(`stack=${flameView.root}`);
    if (search.text !== "") words.push(`find=${encodeURIComponent(search.text)}`);
    return words.length === 1 && words[0] === TABS[0] ? [] : words;
  },

  /** Shows what the address says. */
  show() {
    const { tab = TABS[0], find: text, from, to, call, stack } = this.read();
    if (text !== search.text) searchFor(text);
    openTab(tab);
    if (from < to) timeline.show(from, to);
    else timeline.fit();
    if (report.calls.start[call] === undefined) closeDetails();
    else if (from < to) timeline.select(call);
    else timeline.reveal(call, tab);
    flameView.zoom(report.stacks.row[stack] === undefined ? -1 : stack);
  },

  /** Writes the address soon. Browsers limit how often it may change. */
  keep() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), 200);
  },

  write() {
    const words = this.words().join("&");
    if (words === location.hash.slice(1)) return;
    try {
      history.replaceState(null, "", words === "" ? location.pathname + location.search : `#${words}`);
    } catch {
      // Some frames refuse it.
    }
  },
};
