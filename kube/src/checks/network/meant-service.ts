/** Words of a setting's name that say that it is an address, not whose. */
const NOT_WHOSE: ReadonlySet<string> = new Set([
  'host',
  'hosts',
  'hostname',
  'addr',
  'addrs',
  'address',
  'addresses',
  'url',
  'urls',
  'uri',
  'endpoint',
  'endpoints',
  'server',
  'servers',
  'service',
  'svc',
  'port',
  'http',
  'https',
  'grpc',
  'tcp',
  'base',
  'api',
  'backend',
  'upstream',
  'target',
  'dsn',
  'connection',
  'spring',
  'app',
  'client',
  'internal',
  'default',
  'broker',
  'brokers',
  'bootstrap',
]);

const WORD = /[a-z0-9]+/g;

/**
 * The Service that a setting's name speaks of: `PRODUCT_CATALOG_SERVICE_ADDR` of `productcatalogservice`,
 * `--redis-host` of `redis-cart`. Undefined where it speaks of none or of several.
 */
export function serviceMeantBy(setting: string, services: readonly string[]): string | undefined {
  const words = wordsOf(setting);
  if (words.length === 0) return undefined;
  const stem = words.join('');
  const exact = services.filter((service) => wordsOf(service).join('') === stem || bare(service) === stem);
  if (exact.length > 0) return exact.length === 1 ? exact[0] : undefined;
  if (stem.length < 4) return undefined;
  const parts = services.filter((service) => wordsOf(service).includes(stem));
  return parts.length === 1 ? parts[0] : undefined;
}

/** `REDIS_CART_ADDR`, `redisCartAddr`: redis, cart. */
function wordsOf(name: string): readonly string[] {
  const spaced = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  return (spaced.match(WORD) ?? []).filter((word) => !NOT_WHOSE.has(word));
}

/** `productcatalogservice`: productcatalog. */
function bare(service: string): string {
  return service
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .replace(/(?:services?|svc)$/, '');
}
