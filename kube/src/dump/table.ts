/** A table as kubectl prints it: columns stand under their header, whatever is in them. */
export interface TextTable {
  readonly columns: readonly string[];
  readonly rows: readonly TextRow[];
}

export interface TextRow {
  readonly cells: Readonly<Record<string, string>>;
  /** Line in its file, from 1. */
  readonly line: number;
}

/** A line that could head a table: words in capitals, apart by two spaces at least. */
export function isHeader(line: string): boolean {
  return (
    /^(?:NAMESPACE\s{2,})?(?:NAME|LAST SEEN|LASTSEEN)(?:\s{2,}[A-Z][A-Z0-9()/-]*(?: [A-Z][A-Z0-9()-]*)*)+\s*$/.test(
      line,
    ) || /^NAME(?:SPACE)?\s+STATUS\s+AGE\s*$/.test(line)
  );
}

/** Tables of a text, each from its header to the next one or an empty line. */
export function textTables(text: string): TextTable[] {
  const tables: { columns: readonly Column[]; rows: TextRow[] }[] = [];
  let open = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (isHeader(line)) {
      tables.push({ columns: columnsOf(line), rows: [] });
      open = true;
    } else if (line.trim() === '') open = false;
    else if (open) {
      const table = tables.at(-1);
      if (table !== undefined) table.rows.push({ cells: cellsOf(line, table.columns), line: index + 1 });
    }
  }
  return tables.map(({ columns, rows }) => ({ columns: columns.map(({ name }) => name), rows }));
}

export interface Column {
  readonly name: string;
  readonly from: number;
}

/** Names that are apart by two spaces; a single one belongs to a name (`LAST SEEN`). */
export function columnsOf(header: string): readonly Column[] {
  return [...header.matchAll(/\S+(?: \S+)*/g)].map((match) => ({ name: match[0], from: match.index }));
}

/** Cells by the place of their column; `<none>` and the like are left out. */
export function cellsOf(line: string, columns: readonly Column[]): Record<string, string> {
  const cells: Record<string, string> = {};
  let from = 0;
  for (const [index, { name }] of columns.entries()) {
    const next = columns[index + 1];
    const to = next === undefined ? line.length : borderOf(line, from, next.from);
    const value = line.slice(from, to).trim();
    if (value !== '' && value !== '<none>' && value !== '<unset>') cells[name] = value;
    from = to;
  }
  return cells;
}

/** A cell may hold characters that are wider or narrower in the terminal: the border is the nearest space. */
function borderOf(line: string, from: number, at: number): number {
  if (at >= line.length || line.charAt(at - 1) === ' ') return at;
  const before = line.lastIndexOf(' ', at);
  return before > from ? before + 1 : at;
}
