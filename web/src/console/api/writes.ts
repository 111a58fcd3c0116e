let begun = 0;

/** Counts a change that is sent to the service. */
export function noteWrite(): void {
  begun += 1;
}

/** How many changes have been sent since the page was opened. */
export const writesBegun = (): number => begun;
