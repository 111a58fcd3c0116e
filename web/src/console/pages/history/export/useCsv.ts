import { useSentences } from '../../../parts/sentences';
import { useLanguage } from '../../../texts/language';
import { useHistoryTexts } from '../../../texts/history/historyTexts';
import { BYTE_ORDER_MARK, csvLine, csvTime } from './csv';
import type { ExportedEvent, ExportFormat } from './exportEvents';

/** Events as a table in the person's language. */
export function useCsv(): ExportFormat {
  const { texts: { roles, events: { actors } } } = useLanguage();
  const { export: { columns } } = useHistoryTexts();
  const sentenceOf = useSentences();
  const { time, type, what, actor, actorKeapId, user, userKeapId, from, to, reason, position, eventId, hash } = columns;
  const rolesOf = (event: ExportedEvent): readonly [string, string] => {
    if (event.__typename === 'UserRoleChangedEvent') return [roles[event.from], roles[event.to]];
    return ['', 'role' in event ? roles[event.role] : event.__typename === 'OwnerAddedEvent' || event.__typename === 'AdminAppointedEvent' ? roles.ADMIN : ''];
  };
  return {
    type: 'text/csv',
    head: BYTE_ORDER_MARK + csvLine([time, type, what, actor, actorKeapId, user, userKeapId, from, to, reason, position, eventId, hash]),
    line: (event) => csvLine([
      csvTime(event.occurredAt), event.type, sentenceOf(event) ?? event.summary, event.actor.name ?? event.actor.keapId ?? actors[event.actor.kind], event.actor.keapId,
      event.user?.name ?? event.user?.keapId, event.user?.keapId, ...rolesOf(event), event.reason, event.position, event.eventId, event.hash,
    ]),
  };
}
