import { InvalidArgumentError } from 'commander';

/** A whole number within a range, as an option's value. */
export function integerFrom(low: number, high: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high) {
      throw new InvalidArgumentError(`It wants a whole number from ${low} to ${high}.`);
    }
    return value;
  };
}

/** A number within a range, as an option's value. */
export function numberFrom(low: number, high: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= low && value <= high)) {
      throw new InvalidArgumentError(`It wants a number from ${low} to ${high}.`);
    }
    return value;
  };
}

export function countryCode(text: string): string {
  if (!/^[A-Za-z]{2}$/.test(text)) throw new InvalidArgumentError('It wants an ISO 3166-1 code of two letters.');
  return text.toUpperCase();
}
