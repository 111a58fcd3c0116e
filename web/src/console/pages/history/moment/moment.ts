/** A moment in the address: a time in UTC; null for now, and where the text is no time. */
export function timeOf(text: string | null): string | null {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** A time as a field for local times takes it, to the second. */
export function localOf(time: string): string {
  const date = new Date(time);
  const day = [String(date.getFullYear()).padStart(4, '0'), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join('-');
  return `${day}T${[date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':')}`;
}

/** The time in UTC of what a field for local times holds; null where it is incomplete. */
export const fromLocal = (local: string): string | null => timeOf(local === '' ? null : local);
