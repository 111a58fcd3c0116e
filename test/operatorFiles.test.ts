import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { GivenApp } from './support/givenApp';
import type { Json } from './support/person';
import { TestService } from './support/testService';

const OPS = join(__dirname, '../ops');
const alerts: Json = parse(readFileSync(join(OPS, 'prometheus-alerts.yaml'), 'utf8'));
const dashboard: Json = JSON.parse(readFileSync(join(OPS, 'grafana-dashboard.json'), 'utf8'));

/** Labels that Prometheus adds, and the metric that it makes itself. */
const FROM_PROMETHEUS = { labels: ['instance', 'job'], metrics: ['up'] };
const WORDS = ['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'group_left', 'bool', 'offset'];

interface Used {
  readonly metric: string;
  readonly labels: readonly string[];
}

/** The metrics of a PromQL expression, each with the labels that are selected or grouped by. */
function usedIn(expression: string): Used[] {
  const grouped = [...expression.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(',').map((name) => name.trim()));
  const bare = expression.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""').replaceAll(/\[[^\]]*\]/g, '').replaceAll(/\b(?:by|without)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)\s*(\{[^}]*\})?(?!\w|\s*\()/g)]
    .filter(({ index, 1: name = '' }) => !WORDS.includes(name) && !isInsideBraces(bare, index))
    .map(([, metric = '', selected = '']) => ({ metric, labels: [...[...selected.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label), ...grouped] }));
}

const isInsideBraces = (text: string, at: number): boolean => text.lastIndexOf('{', at) > text.lastIndexOf('}', at);

const rules: Json[] = alerts.groups.flatMap((group: Json) => group.rules);
const panels: Json[] = dashboard.panels.filter(({ type }: Json) => type !== 'row');
const expressions: string[] = [...rules.map(({ expr }) => expr), ...panels.flatMap(({ targets }) => targets.map(({ expr }: Json) => expr))];

describe('the files for operators', () => {
  /** The labels of each metric in `/metrics`. */
  const known = new Map<string, Set<string>>();
  beforeAll(async () => {
    const service = await TestService.start();
    const app = await GivenApp.register(service);
    await app.invite('partner');
    await app.owner.read('{ accountCentral { accounts { totalCount } } }');
    for (const line of (await (await fetch(`${service.url}/metrics`)).text()).split('\n')) {
      const [, name, labels = ''] = /^([a-zA-Z_]\w*)(?:\{(.*)\})? /.exec(line) ?? [];
      if (name !== undefined) known.set(name, new Set([...(known.get(name) ?? []), ...[...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label)]));
    }
    await service.close();
  });

  it.each(expressions)('use metrics and labels of /metrics: %s', (expression) => {
    const used = usedIn(expression);
    expect(used.length).toBeGreaterThan(0);
    for (const { metric, labels } of used) {
      if (FROM_PROMETHEUS.metrics.includes(metric)) continue;
      expect([...known.keys()]).toContain(metric);
      for (const label of labels) expect([...FROM_PROMETHEUS.labels, ...(known.get(metric) ?? [])]).toContain(label);
    }
  });

  it('would be found out if they named something else', () => {
    expect(usedIn('sum by (le, type) (rate(a_total{status=~"5.."}[5m])) > 0.1 * b and c{x="by",y!="2"} == 0')).toEqual([
      { metric: 'a_total', labels: ['status', 'le', 'type'] }, { metric: 'b', labels: ['le', 'type'] }, { metric: 'c', labels: ['x', 'y', 'le', 'type'] },
    ]);
    expect(known.has('projection_lag_event')).toBe(false);
  });

  it('give each alert a severity, a summary and what to do', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(alert).toMatch(/^PartnerAccess[A-Z]\w+$/);
      expect(['critical', 'warning', 'info']).toContain(labels.severity);
      expect([annotations.summary, annotations.description]).toEqual([expect.stringMatching(/\.$/), expect.stringMatching(/\.$/)]);
    }
  });

  it('give each panel a number, a title, a description and a place of its own', () => {
    expect(new Set(dashboard.panels.map(({ id }: Json) => id)).size).toBe(dashboard.panels.length);
    const places = new Set<string>();
    for (const { title, description, gridPos } of panels) {
      const { x, y, w, h }: Record<'x' | 'y' | 'w' | 'h', number> = gridPos;
      expect([title, description]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\.$/)]);
      for (let cell = 0; cell < w * h; cell += 1) {
        const place = `${x + (cell % w)} ${y + Math.floor(cell / w)}`;
        expect(places).not.toContain(place);
        places.add(place);
      }
    }
    expect(dashboard.templating.list.map(({ name }: Json) => name)).toEqual(['datasource', 'instance']);
  });
});
