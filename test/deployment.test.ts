import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'yaml';
import { parseConfig, type Config } from '../src/config';
import { EventStoreDbEventStore } from '../src/eventstore/eventStoreDb/store';
import { sharedStore, TestService } from './support/testService';
import { EsdbServer } from './support/esdb/esdbServer';

const TOP = join(__dirname, '..');
const read = (file: string): string => readFileSync(join(TOP, file), 'utf8');

interface ComposeService {
  readonly image?: string;
  readonly build?: string;
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[] | Readonly<Record<string, { readonly ipv4_address: string }>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, unknown>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

/** The content of the file .env that the documentation tells to create. */
const DOT_ENV: Readonly<Record<string, string>> = {
  SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  AUTH_JWT_SECRET: 'a-secret-of-at-least-thirty-two-bytes',
  ESDB_PASSWORD: '0123456789abcdef',
};

const asked = new Set<string>();

/** Substitutes variables as compose does: `${NAME:?why}`, `${NAME:-default}`, `$$`. @throws Error for a required one that is not set. */
function interpolate(text: string): string {
  return text.replace(/\$\$|\$\{([A-Z_]+)(?::([-?])([^}]*))?\}/g, (whole: string, name?: string, kind?: string, rest = '') => {
    if (name === undefined) return '$';
    asked.add(name);
    const value = DOT_ENV[name];
    if (value !== undefined) return value;
    if (kind === '-') return rest;
    throw new Error(`${whole} is not set`);
  });
}

function interpolated(value: unknown): unknown {
  if (typeof value === 'string') return interpolate(value);
  if (Array.isArray(value)) return value.map(interpolated);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, interpolated(inner)]));
}

const compose = interpolated(parse(read('docker-compose.yml'), { merge: true })) as Compose;
const services = Object.entries(compose.services);
const ownServices = services.filter(([, { build }]) => build !== undefined);
const clusterServices = services.filter(([, { profiles }]) => profiles?.includes('cluster'));
const nodes = services.filter(([name]) => /^node\d$/.test(name));

describe('docker-compose.yml', () => {
  const KEYS = [
    'image', 'build', 'profiles', 'restart', 'stop_grace_period', 'environment', 'ports', 'volumes', 'networks', 'depends_on',
    'healthcheck', 'configs', 'user', 'entrypoint', 'command',
  ];

  it.each(services)('%s has only known keys', (_, service) => {
    expect(Object.keys(service).filter((key) => !KEYS.includes(key))).toEqual([]);
    expect(service.image).toEqual(expect.any(String));
    expect(Object.values(service.environment ?? {}).filter((value) => typeof value !== 'string')).toEqual([]);
  });

  it.each(services)('%s refers only to services, volumes, networks and files that exist', (name, service) => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      const needed = compose.services[other];
      expect([name, other, needed]).toEqual([name, other, expect.anything()]);
      if (condition === 'service_healthy') expect([other, needed?.healthcheck]).toEqual([other, expect.anything()]);
      else expect(['service_started', 'service_completed_successfully']).toContain(condition);
      expect([...(needed?.profiles ?? []), ...(service.profiles ?? [])].every((profile) => service.profiles?.includes(profile))).toBe(true);
    }
    for (const volume of service.volumes ?? []) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0]);
    const networks = Array.isArray(service.networks) ? service.networks : Object.keys(service.networks ?? {});
    for (const network of networks) expect([...Object.keys(compose.networks), 'default']).toContain(network);
    for (const { source } of service.configs ?? []) expect(Object.keys(compose.configs)).toContain(source);
  });

  it.each(services)('%s is reachable from this machine only, at its own port', (_, { ports = [] }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
    const all = services.flatMap(([, service]) => service.ports ?? []);
    for (const port of ports) expect(all.filter((one) => one.split(':')[1] === port.split(':')[1])).toHaveLength(1);
  });

  it.each(services.filter(([, { build }]) => build === undefined))('%s has an image with a fixed version', (_, { image }) => {
    expect(image).toMatch(/^[a-z0-9./-]+:v?\d[\w.-]*$/);
  });

  it('starts one node, a mail catcher and the service without a profile, and a cluster with one', () => {
    expect(services.filter(([, { profiles }]) => profiles === undefined).map(([name]) => name).sort()).toEqual(['eventstore', 'mail', 'service']);
    expect(clusterServices.map(([name]) => name).sort()).toEqual(['certificates', 'node1', 'node2', 'node3', 'proxy', 'replica1', 'replica2']);
  });

  it.each(ownServices)('gives %s a valid environment', (_, { environment = {} }) => {
    const config: Config = parseConfig({ NODE_ENV: 'production', ...environment });
    expect(config).toMatchObject({ development: false, host: '0.0.0.0', port: 4000 });
    expect(config.eventStoreUrl).toEqual(expect.any(String));
    expect(config.secretKey).not.toBeNull();
  });

  it('points the service to the node that compose starts', async () => {
    const { EVENTSTORE_URL: url = '' } = compose.services['service']?.environment ?? {};
    const [, host, port] = /^esdb:\/\/([a-z]+):(\d+)\?tls=false$/.exec(url) ?? [];
    expect(compose.services[host ?? '']?.environment).toMatchObject({ EVENTSTORE_NODE_PORT: port, EVENTSTORE_INSECURE: 'true' });
    await new EventStoreDbEventStore({ url }).close();
  });

  it('gives each replica all nodes, a preference for the leader, and the CA certificate', () => {
    for (const [name, { environment, volumes = [] }] of ownServices.filter(([, { profiles }]) => profiles?.includes('cluster'))) {
      const url = new URL((environment?.['EVENTSTORE_URL'] ?? '').replace(/^esdb:/, 'http:').replace(/,[^?]*/, ''));
      expect(environment?.['EVENTSTORE_URL']).toContain(`@${nodes.map(([node]) => `${node}:2113`).join(',')}?`);
      expect(Object.fromEntries(url.searchParams)).toEqual({ tls: 'true', tlsCAFile: '/certs/ca/ca.crt', nodePreference: 'leader' });
      expect(volumes).toEqual(expect.arrayContaining(['certificates:/certs:ro', `${name}-data:/data`]));
    }
  });

  it('gives each of the three nodes the addresses of the others, and its own address, certificate and data', () => {
    const addresses = nodes.map(([, { networks = {} }]) => (Array.isArray(networks) ? '' : (networks as Record<string, { ipv4_address: string }>)['cluster']?.ipv4_address));
    expect(new Set(addresses).size).toBe(3);
    const script = JSON.stringify(compose.services['certificates']);
    nodes.forEach(([name, { environment = {}, volumes }], index) => {
      const others = addresses.filter((_, other) => other !== index).map((address) => `${address ?? ''}:2113`);
      expect(environment).toMatchObject({
        EVENTSTORE_CLUSTER_SIZE: '3', EVENTSTORE_REPLICATION_IP: addresses[index], EVENTSTORE_GOSSIP_SEED: others.join(','),
        EVENTSTORE_CERTIFICATE_FILE: `/certs/${name}/node.crt`, EVENTSTORE_CERTIFICATE_PRIVATE_KEY_FILE: `/certs/${name}/node.key`,
      });
      expect(environment).not.toHaveProperty('EVENTSTORE_INSECURE');
      expect(volumes).toContain(`${name}-data:/var/lib/eventstore`);
      expect(addresses[index]).toBe(`172.30.240.1${index + 1}`);
    });
    expect(script).toContain('172.30.240.1$number');
  });

  it('configures the proxy for both replicas and for GraphQL subscriptions', () => {
    const { content } = compose.configs['proxy']!;
    for (const replica of ['replica1', 'replica2']) expect(content).toContain(`server ${replica}:4000 `);
    expect(content).toContain('proxy_set_header Upgrade $http_upgrade;');
    expect(content).toContain('listen 8080;');
    expect(content.split('{').length).toBe(content.split('}').length);
  });

  it('needs only variables that the documentation describes', () => {
    const documentation = read('docs/deployment.md');
    expect([...asked].sort()).toEqual(['AUTH_JWT_SECRET', 'ESDB_PASSWORD', 'ESDB_TAG', 'SECRET_KEY']);
    for (const name of asked) expect(documentation).toContain(name);
  });
});

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

const instructions: readonly Instruction[] = read('Dockerfile')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.+)$/.exec(line) ?? [];
    return { name, rest: rest.trim() };
  });
const all = (name: string): string[] => instructions.filter((one) => one.name === name).map(({ rest }) => rest);
const finalStage = instructions.slice(instructions.map(({ name }) => name).lastIndexOf('FROM'));

describe('Dockerfile', () => {
  it('has only known instructions', () => {
    expect(instructions.filter(({ name }) => !['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENV', 'USER', 'VOLUME', 'EXPOSE', 'HEALTHCHECK', 'CMD'].includes(name))).toEqual([]);
  });

  it('builds in one stage and runs in another, with the same fixed version of Node', () => {
    const [build = '', run = ''] = all('FROM');
    expect(all('FROM')).toHaveLength(2);
    expect(build).toBe(`${run} AS build`);
    expect(run).toMatch(/^node:\d+\.\d+\.\d+-[a-z]+-slim$/);
    expect(all('RUN')[0]).toMatch(/^npm ci /);
    expect(all('RUN')[1]).toContain('npm prune --omit=dev');
  });

  it('copies files that exist and that .dockerignore admits', () => {
    const context = read('.dockerignore').split('\n').filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const copied = all('COPY').filter((rest) => !rest.startsWith('--from')).flatMap((rest) => rest.split(/\s+/).slice(0, -1));
    expect(read('.dockerignore').split('\n')[0]).toBe('*');
    expect([...copied].sort()).toEqual([...context].sort());
    for (const file of copied) expect([file, existsSync(join(TOP, file))]).toEqual([file, true]);
  });

  it('runs the built program as a user who is not root, with a directory for its data', () => {
    const last = (name: string): string | undefined => finalStage.filter((one) => one.name === name).at(-1)?.rest;
    expect(last('USER')).toBe('node');
    expect(last('VOLUME')).toBe('/data');
    expect(JSON.parse(last('CMD') ?? '')).toEqual(['node', 'dist/main.js']);
    expect(last('ENV')).toMatch(/NODE_ENV=production\s+DATA_DIR=\/data\s+PORT=4000/);
    expect(finalStage.findIndex(({ name }) => name === 'USER')).toBeGreaterThan(finalStage.findIndex(({ rest }) => rest.includes('/data')));
    expect(finalStage.filter(({ name, rest }) => name === 'RUN' && rest.includes('npm'))).toEqual([]);
  });
});

describe('health checks', () => {
  const ofImage = JSON.parse(/CMD (\[.*\])$/.exec(all('HEALTHCHECK')[0] ?? '')?.[1] ?? '[]') as string[];
  const run = async ([program = '', ...args]: readonly string[], port: number): Promise<number | null> => {
    const child = spawn(program, args.map((arg) => arg.replace('127.0.0.1:4000', `127.0.0.1:${port}`)), { env: { ...process.env, PORT: String(port) }, stdio: 'ignore' });
    return new Promise((resolve) => child.once('close', resolve));
  };

  it('of the image and of compose agree with the service', async () => {
    const ofCompose = compose.services['service']?.healthcheck?.test.slice(1) ?? [];
    const server = await EsdbServer.start();
    const service = await TestService.start({ env: sharedStore(server) });
    const { port } = service.running;
    while ((await fetch(`${service.url}/health/ready`)).status !== 200) await pause(5);
    expect([await run(ofImage, port), await run(ofCompose, port)]).toEqual([0, 0]);
    await server.stop();
    expect([await run(ofImage, port), await run(ofCompose, port)]).toEqual([0, 1]);
    await service.close();
    expect([await run(ofImage, port), await run(ofCompose, port)]).toEqual([1, 1]);
  });
});
