/** Counts what is open at once, for each person and together. */
export class SubscriptionSlots {
  readonly #byPerson = new Map<string, number>();
  #open = 0;

  /** @param what is counted, in the plural, for the sentence that refuses one more. */
  constructor(
    private readonly what: string,
    private readonly perPerson: number,
    private readonly together: number,
  ) {}

  /** @returns a function that gives the place back, once however often it is called; a sentence where there is none left. */
  take(person: string): (() => void) | string {
    const own = this.#byPerson.get(person) ?? 0;
    if (own >= this.perPerson) return `One person may have ${this.perPerson.toLocaleString('en')} ${this.what} at once. End one first.`;
    if (this.#open >= this.together) return `This server has ${this.together.toLocaleString('en')} ${this.what} at once, which is its limit. Try again a little later.`;
    this.#byPerson.set(person, own + 1);
    this.#open += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#open -= 1;
      const left = (this.#byPerson.get(person) ?? 1) - 1;
      if (left === 0) this.#byPerson.delete(person);
      else this.#byPerson.set(person, left);
    };
  }
}
