/** Numbers that name a person or their money, told from other numbers by their check digits. Pure. */

const digitsOf = (text: string): readonly number[] => Array.from(text.replaceAll(/\D/g, ""), Number);

/**
 * マイナンバー, 12 digits: 行政手続における特定の個人を識別するための番号の利用等に関する法律施行令第八条, and
 * 総務省令第八十五号第五条 for the check digit. Of eleven other numbers of 12 digits one passes, too.
 */
export function isMyNumber(text: string): boolean {
  const digits = digitsOf(text);
  if (digits.length !== 12) return false;
  // P(n) and Q(n) count from the right, the check digit left out.
  const sum = digits.slice(0, 11).reduce((total, digit, at) => {
    const n = 11 - at;
    return total + digit * (n <= 6 ? n + 1 : n - 5);
  }, 0);
  const rest = sum % 11;
  return digits[11] === (rest <= 1 ? 0 : 11 - rest);
}

/** 法人番号, 13 digits: 法人番号の指定等に関する省令第二条. Public, but it leads to who is dealt with. */
export function isCorporateNumber(text: string): boolean {
  const digits = digitsOf(text);
  if (digits.length !== 13) return false;
  const sum = digits.slice(1).reduce((total, digit, at) => {
    const n = 12 - at;
    return total + digit * (n % 2 === 0 ? 2 : 1);
  }, 0);
  return digits[0] === 9 - (sum % 9);
}

/** Payment cards, 14 to 19 digits of a known range, by the check digit of ISO/IEC 7812-1 annex B. */
export function isCardNumber(text: string): boolean {
  const digits = digitsOf(text);
  if (digits.length < 14 || digits.length > 19 || !/^(?:3[0-9]|4|5[1-5]|2[2-7]|6)/.test(digits.join(""))) return false;
  const sum = digits.toReversed().reduce((total, digit, at) => {
    const doubled = at % 2 === 1 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}
