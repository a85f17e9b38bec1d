/** Directory of the built-in rules. Reading it is the caller’s: this package does no I/O. */
export const RULES_DIRECTORY = new URL('../../rules/', import.meta.url);
