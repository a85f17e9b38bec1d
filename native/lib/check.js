// Arguments are checked here once, with errors that name them; the addon then trusts their types.

export function text(value, name) {
  if (typeof value !== 'string' || value.length === 0)
    throw new TypeError(`${name} must be a non-empty string`);
  if (value.includes('\0')) throw new TypeError(`${name} must not contain a NUL character`);
  return value;
}

export function integer(value, name, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}) {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be an integer from ${min} to ${max}, not ${String(value)}`);
  }
  return value;
}

export function bytes(value, name) {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${name} must be a Uint8Array`);
  return value;
}

export function oneOf(value, name, choices) {
  if (!choices.includes(value))
    throw new TypeError(`${name} must be one of ${choices.join(', ')}, not ${String(value)}`);
  return value;
}
