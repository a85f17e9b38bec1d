/** Columns that a text takes up: combining marks none, wide East Asian characters and emoji two (UAX #11, roughly). */
export function columns(text: string): number {
  let width = 0;
  for (const char of text) {
    if (/\p{Mn}|\p{Me}/u.test(char)) continue;
    width +=
      /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Emoji_Presentation}/u.test(
        char,
      )
        ? 2
        : 1;
  }
  return width;
}

/** Breaks a text into lines of at most `width` columns, at spaces; a longer word stays whole: it may be pasted. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && columns(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

/** Left text, then right text flush with the right margin: on the last line of the left one, or below it. */
export function spread(left: string, right: string, width: number): string[] {
  const lines = wrap(left, width);
  if (right === '') return lines;
  const last = lines.at(-1) ?? '';
  const gap = width - columns(last) - columns(right);
  if (gap >= 2) return [...lines.slice(0, -1), `${last}${' '.repeat(gap)}${right}`];
  return [...lines, `${' '.repeat(Math.max(0, width - columns(right)))}${right}`];
}

export interface Clock {
  /** Time of day, to the second: `20:24:10`. */
  time(us: number): string;
  /** Date and zone, once for a whole answer. */
  date(us: number): string;
  /** Turns the ISO times that texts hold into the reader's time of day. */
  localize(text: string): string;
}

/** Reads times in a zone. Throws a RangeError that names the zone when there is none such. */
export function clockIn(timeZone: string): Clock {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hour12: false,
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const days = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const time = (us: number): string => parts.format(new Date(Math.floor(us / 1000)));
  return {
    time,
    date: (us) => days.format(new Date(Math.floor(us / 1000))),
    localize: (text) =>
      text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, (iso) => time(Date.parse(iso) * 1000)),
  };
}
