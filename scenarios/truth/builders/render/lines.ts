/** `Label:   value`, the value from the same column on. */
export function row(label: string, value: string, indent = 0, width = 18): string {
  return `${' '.repeat(indent)}${`${label}:`.padEnd(Math.max(width, label.length + 3))}${value}`;
}

/** Labels or annotations, one a line. */
export function pairs(
  label: string,
  values: Readonly<Record<string, string>> | undefined,
  separator: '=' | ': ' = label === 'Annotations' ? ': ' : '=',
): string[] {
  const entries = Object.entries(values ?? {});
  if (entries.length === 0) return [row(label, '<none>')];
  return entries.map(([key, value], index) =>
    index === 0 ? row(label, `${key}${separator}${value}`) : `${' '.repeat(18)}${key}${separator}${value}`,
  );
}

/** A time as kubectl describe writes it. */
export function longTime(iso: string): string {
  const date = new Date(iso);
  const day = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][date.getUTCDay()] ?? '';
  const month =
    ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][
      date.getUTCMonth()
    ] ?? '';
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${day}, ${two(date.getUTCDate())} ${month} ${date.getUTCFullYear()} ${iso.slice(11, 19)} +0000`;
}
