/**
 * Metrics in Prometheus' text format: one `# TYPE` line a metric, counters told by their `_total`. Labels are part of
 * a name: `raft_replication_lag{peer="n2"}`.
 */
export function prometheusText(metrics: Readonly<Record<string, number>>): string {
  const families = new Map<string, string[]>();
  for (const [name, value] of Object.entries(metrics)) {
    const family = name.split('{', 1)[0] ?? name;
    const lines = families.get(family) ?? [`# TYPE ${family} ${family.endsWith('_total') ? 'counter' : 'gauge'}`];
    lines.push(`${name} ${value}`);
    families.set(family, lines);
  }
  return [...families.values()].map((lines) => `${lines.join('\n')}\n`).join('');
}
