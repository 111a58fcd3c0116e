import { fill } from '../../texts/language';
import { useOperatingTexts } from '../../texts/operating/operatingTexts';

/** Returns a function that says in words why a delivery failed. A reason that is newer than this page stands for itself. */
export function useFailures(): (reason: string) => string {
  const { webhooks: { reasons } } = useOperatingTexts();
  return (reason) => {
    const [, status] = /^REFUSED (\d+)$/.exec(reason) ?? [];
    if (status !== undefined) return fill(reasons.refused, { status });
    const known: Readonly<Record<string, string>> = reasons;
    return known[reason] ?? reason;
  };
}
