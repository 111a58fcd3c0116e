import type { RequestContext } from '../context';
import { auditedRead } from '../shared/auditedRead';

/** The time of which what operators and auditors did is asked for; null for no bound. */
export interface AdministrationQuestion {
  readonly from: string | null;
  readonly to: string | null;
}

/** Decides whether what operators and auditors did may be exported, and records the read. @throws GraphQLError `FORBIDDEN` */
export async function openAdministrationExport(context: RequestContext, question: AdministrationQuestion): Promise<void> {
  context.visibility.requireAdministrationFile();
  await context.recordRead(auditedRead('administrationExport', null, { ...question }));
}
