// Runs in the page: puts the panels of a dashboard where they belong and lets uPlot draw the lines.

const colours = ['#3274d9', '#e0752d', '#37872d', '#c4162a', '#8f3bb8', '#b7950b', '#0d8a8a', '#6b6b6b', '#e24d99', '#56a64b', '#5f4bb6', '#a0522d'];

/** @type {(tag: string, style: string, text?: string) => HTMLElement} */
const element = (tag, style, text = '') => {
  const made = document.createElement(tag);
  made.style.cssText = style;
  made.textContent = text;
  return made;
};

/** @param {string} title @param {string} description @param {readonly import('./draw-board.js').DrawnPanel[]} panels @param {number} from @param {number} to */
window.draw = (title, description, panels, from, to) => {
  document.body.style.cssText = 'margin:12px;font:13px Inter,"DejaVu Sans",sans-serif;color:#222;background:#f4f5f5';
  const span = (at) => new Date(at * 1000).toISOString().slice(11, 19);
  document.body.append(element('h1', 'font-size:18px;margin:0 0 2px', title), element('div', 'color:#666;margin-bottom:12px', `${description} From ${span(from)} to ${span(to)} UTC.`));
  const field = element('div', 'position:relative');
  document.body.append(field);
  for (const panel of panels) {
    const { left, top, width, height } = panel.box;
    const place = `position:absolute;left:${left}px;top:${top}px;width:${width - 8}px;height:${height - 8}px;`;
    if (panel.kind === 'row') {
      field.append(element('div', `${place}font-weight:600;line-height:${height}px`, panel.title));
      continue;
    }
    const frame = element('div', `${place}background:#fff;border:1px solid #dcdde0;border-radius:3px;box-sizing:border-box;overflow:hidden`);
    frame.append(element('div', 'padding:6px 10px 0;font-weight:600', panel.title));
    field.append(frame);
    if (panel.absent !== '') frame.append(element('div', 'padding:24px 10px;color:#888;text-align:center', panel.absent));
    else if (panel.kind === 'stat') stat(frame, panel);
    else lines(frame, panel);
  }
  field.style.height = `${Math.max(...panels.map(({ box }) => box.top + box.height))}px`;
};

/** @param {HTMLElement} frame @param {import('./draw-board.js').DrawnPanel} panel */
function stat(frame, { series }) {
  const row = element('div', 'display:flex;gap:16px;padding:2px 10px;flex-wrap:wrap;justify-content:center');
  for (const { name, last } of series) {
    const one = element('div', 'text-align:center');
    if (series.length > 1 || name !== '') one.append(element('div', 'color:#666;font-size:12px', name));
    one.append(element('div', `font-size:${series.length > 1 ? 20 : 30}px;color:#37872d;line-height:1.3`, last));
    row.append(one);
  }
  frame.append(row);
}

/** @param {HTMLElement} frame @param {import('./draw-board.js').DrawnPanel} panel */
function lines(frame, { box, stacked, times, series, ticks }) {
  const legend = element('div', 'display:flex;flex-wrap:wrap;gap:2px 14px;padding:0 10px 6px;font-size:12px;color:#444;position:absolute;bottom:0');
  series.forEach(({ name }, index) => {
    const one = element('span', '');
    one.append(element('span', `display:inline-block;width:10px;height:4px;margin-right:5px;vertical-align:middle;background:${colours[index % colours.length]}`), element('span', '', name));
    legend.append(one);
  });
  frame.append(legend);
  // The lowest of a stack is drawn last, over the others.
  const sums = times.map(() => 0);
  const drawn = series.map(({ values }, index) => ({
    colour: colours[index % colours.length],
    values: stacked ? values.map((value, i) => (sums[i] += value ?? 0)) : values,
  }));
  if (stacked) drawn.reverse();
  const top = ticks.at(-1)?.at ?? 1;
  const texts = new Map(ticks.map(({ at, text }) => [at, text]));
  new window.uPlot({
    width: box.width - 24, height: box.height - 44 - Math.max(18, legend.offsetHeight), padding: [8, 30, 0, 0], legend: { show: false }, cursor: { show: false }, tzDate: (at) => window.uPlot.tzDate(new Date(at * 1000), 'Etc/UTC'),
    scales: { x: { time: true, range: [times[0], times.at(-1)] }, y: { range: [0, top] } },
    axes: [
      { size: 28, grid: { stroke: '#eee' }, ticks: { show: false }, stroke: '#666', values: (_, at) => at.map((each) => new Date(each * 1000).toISOString().slice(11, 19)), space: 90 },
      { size: 88, grid: { stroke: '#eee' }, ticks: { show: false }, stroke: '#666', splits: () => ticks.map(({ at }) => at), values: (_, at) => at.map((each) => texts.get(each) ?? '') },
    ],
    series: [{}, ...drawn.map(({ colour }) => ({ stroke: colour, width: 1.5, fill: stacked ? colour : `${colour}1a`, points: { show: false }, spanGaps: false }))],
  }, [times, ...drawn.map(({ values }) => values)], frame);
}
