import type { Dice } from './dice';

const FIRST_NAMES = [
  'Adaeze', 'Alice', 'Anna', 'Bruno', 'Carla', 'Chen', 'Daniel', 'Élodie', 'Emma', 'Farid', 'Grace', 'Hanna', 'Igor', 'Ines', 'Jack', 'Julia',
  'Kaito', 'Lena', 'Luis', 'Maria', 'Max', 'Noor', 'Oscar', 'Paul', 'Priya', 'Quinn', 'Rosa', 'Samuel', 'Sofía', 'Tom', 'Uma', 'Zoë',
];
const LAST_NAMES = [
  'Adams', 'Bauer', 'Brown', 'Castillo', 'Dubois', 'Evans', 'Fischer', 'García', 'Haddad', 'Ivanova', 'Johnson', 'Kim', 'Lopez', 'Meyer', 'Nguyen', 'Okafor',
  'Patel', 'Quiroga', 'Rossi', 'Silva', 'Tanaka', 'Ueda', 'Vogel', 'Weber', 'Xu', 'Young', 'Zimmermann', 'Ödegård', 'Novak', 'Murphy', 'Lindqvist', 'Costa',
];

/** A name that many share, as names are. */
export const nameOf = (dice: Dice): string => `${dice.oneOf(FIRST_NAMES) ?? ''} ${dice.oneOf(LAST_NAMES) ?? ''}`;

/** An address that only this person of this app has. Addresses do not come in order. */
export function keapIdOf(appId: string, number: number): string {
  const first = FIRST_NAMES[number % FIRST_NAMES.length] ?? '';
  const shuffled = (Math.imul(number, 2_654_435_761) >>> 0).toString(36);
  return `${first.normalize('NFD').replace(/[^A-Za-z]/g, '').toLowerCase()}.${shuffled}@${appId}-partners.example`;
}
