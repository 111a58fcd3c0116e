import { writesBegun } from '../api/writes';

/** What a click uses. */
const CONTROLS = 'a, button, input, label, select, summary, textarea, [role="menuitem"], [role="option"], [role="radio"]';

const controlAt = ({ target }: Event): Element | null => (target instanceof Element ? target.closest(CONTROLS) : null);

/**
 * Lets a double click do no more than a click where that changes something. Its second click is dropped when the first one has sent a change, and when something else
 * has come under the pointer since, such as the next row of a list or a button of a dialog. So is what a key does that is held down.
 */
export function ignoreDoubleClicks(): void {
  let first: Element | null = null;
  let begun = 0;
  addEventListener('click', (event) => {
    if (event.detail <= 1) {
      first = controlAt(event);
      begun = writesBegun();
    } else if (begun !== writesBegun() || first !== controlAt(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, { capture: true });
  addEventListener('keydown', (event) => {
    if (event.repeat && (event.key === 'Enter' || event.key === ' ') && !(event.target instanceof HTMLTextAreaElement) && !(event.key === ' ' && event.target instanceof HTMLInputElement)) event.preventDefault();
  }, { capture: true });
}
