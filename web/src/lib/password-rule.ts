/** What a password must be; the server has the same rule and the last word. */

export const FEWEST_CHARACTERS = 10;
export const MOST_CHARACTERS = 1000;
