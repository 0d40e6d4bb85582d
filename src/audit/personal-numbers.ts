/** Numbers that name a person or their money, told from other numbers by their check digits. Texts of digits alone; pure. */

const ZERO = 48;

/** Of a digit at a place of the text, times its weight there. */
function sumOf(digits: string, from: number, to: number, weighed: (digit: number, at: number) => number): number {
  let sum = 0;
  for (let at = from; at < to; at++) sum += weighed(digits.charCodeAt(at) - ZERO, at);
  return sum;
}

/**
 * マイナンバー, 12 digits: 行政手続における特定の個人を識別するための番号の利用等に関する法律施行令第八条, and
 * 総務省令第八十五号第五条 for the check digit. Of eleven other numbers of 12 digits one passes, too.
 */
export function isMyNumber(digits: string): boolean {
  if (digits.length !== 12) return false;
  // P(n) and Q(n) count from the right, the check digit left out: n is 11 for the first.
  const rest = sumOf(digits, 0, 11, (digit, at) => digit * (at >= 5 ? 12 - at : 6 - at)) % 11;
  return digits.charCodeAt(11) - ZERO === (rest <= 1 ? 0 : 11 - rest);
}

/** 法人番号, 13 digits: 法人番号の指定等に関する省令第二条. Public, but it leads to who is dealt with. */
export function isCorporateNumber(digits: string): boolean {
  if (digits.length !== 13) return false;
  // n is 12 for the first behind the check digit.
  const sum = sumOf(digits, 1, 13, (digit, at) => ((13 - at) % 2 === 0 ? digit * 2 : digit));
  return digits.charCodeAt(0) - ZERO === 9 - (sum % 9);
}

const CARD_RANGES = /^(?:3[0-9]|4|5[1-5]|2[2-7]|6)/;

/** Payment cards, 14 to 19 digits of a known range, by the check digit of ISO/IEC 7812-1 annex B. */
export function isCardNumber(digits: string): boolean {
  const { length } = digits;
  if (length < 14 || length > 19 || !CARD_RANGES.test(digits)) return false;
  const sum = sumOf(digits, 0, length, (digit, at) => {
    const doubled = (length - 1 - at) % 2 === 1 ? digit * 2 : digit;
    return doubled > 9 ? doubled - 9 : doubled;
  });
  return sum % 10 === 0;
}
