import { describe, expect, test } from 'vitest';
import { addressesInSetting, addressesInText, hostPortWords } from './parse-addresses.ts';

const read = (name: string, value: string): readonly string[] =>
  addressesInSetting(name, value).map(({ host, port }) => `${host}${port === undefined ? '' : `:${port}`}`);

describe('settings that name a peer', () => {
  test.each([
    ['PRODUCT_CATALOG_SERVICE_ADDR', 'productcatalogservice:3550', ['productcatalogservice:3550']],
    ['REDIS_HOST', 'redis-cart', ['redis-cart']],
    ['USER_SERVICE_URL', 'http://user.shop.svc.cluster.local/users', ['user.shop.svc.cluster.local:80']],
    ['SPRING_DATASOURCE_URL', 'jdbc:mysql://ts-order-mysql:3306/ts?useSSL=false', ['ts-order-mysql:3306']],
    ['RABBIT', 'amqp://guest:p@ss@rabbit/', ['rabbit:5672']],
    ['MONGO_URI', 'mongodb://u:p@m-0.m,m-1.m:27018/db', ['m-0.m:27017', 'm-1.m:27018']],
    ['KAFKA_BROKERS', 'kafka-0.kafka:9092,kafka-1.kafka:9092', ['kafka-0.kafka:9092', 'kafka-1.kafka:9092']],
    ['DSN', 'user:secret@tcp(catalogue-db:3306)/socksdb', ['catalogue-db:3306']],
    ['DATABASE', 'host=postgres port=5433 user=app sslmode=disable', ['postgres:5433']],
    ['--redis-addr', 'redis:6379', ['redis:6379']],
    ['GRPC_TARGET', 'dns:///ledger.bank:8080', ['ledger.bank:8080']],
  ])('%s=%s', (name, value, expected) => {
    expect(read(name, value)).toEqual(expected);
  });
});

describe('what is no address of a peer', () => {
  test.each([
    ['LOG_LEVEL', 'info'],
    ['ENVIRONMENT', 'production'],
    ['HOSTNAME', 'web-1'],
    ['LISTEN_ADDR', 'api:8080'],
    ['BIND_HOST', 'web'],
    ['SERVER_ADDRESS', 'web'],
    ['IMAGE', 'redis:7'],
    ['IMAGE_VERSION', 'redis:6379'],
    ['OTEL_SERVICE_NAME', 'checkout'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://otel-collector:4317'],
    ['START_TIME', '12:30'],
    ['DB_HOST', '/var/run/postgresql'],
    ['DB_HOST', '$(DB_SERVICE_HOST)'],
    ['DB_HOST', ''],
    ['DB_ADDR', '0.0.0.0:5432'],
    ['SOCKET_URL', 'unix:///var/run/docker.sock'],
    ['CONFIG_URL', 'file:///etc/app.yaml'],
    ['REDIS_HOST', 'a b'],
    ['REDIS_ADDR', 'redis:99999'],
  ])('%s=%s', (name, value) => {
    expect(read(name, value)).toEqual([]);
  });
});

test('scripts tell of peers by what they call', () => {
  const found = addressesInText(
    'until nc -z -w 2 orders-db 5432; do sleep 1; done; nslookup mydb && curl -s http://api/x',
  );
  expect(found.map(({ host, port }) => [host, port])).toEqual([
    ['api', 80],
    ['orders-db', 5432],
    ['mydb', undefined],
  ]);
});

test('words of a command line that look like addresses are marked as such', () => {
  expect(hostPortWords('./wait-for-it.sh db:5432 --timeout=30 -- ./app')).toEqual([
    { host: 'db', port: 5432, scheme: undefined, form: 'looks' },
  ]);
});

test('a long text is searched in linear time', () => {
  const started = performance.now();
  addressesInText('a-'.repeat(100_000));
  addressesInSetting('X_ADDR', `${'a.'.repeat(100_000)}:80`);
  addressesInText(`nc ${'-a '.repeat(30_000)}`);
  hostPortWords('a:1 '.repeat(50_000));
  expect(performance.now() - started).toBeLessThan(1000);
});
