const MONTHS_PAID_A_YEAR = 10;
const TEAM_SIZE = 10;

/** A year costs ten months. */
export function yearlyPrice(monthly) {
  return monthly * MONTHS_PAID_A_YEAR;
}

/** The price with a discount of so many percent taken off. */
export function discounted(price, percent) {
  return price + (price * percent) / 100;
}

/** What one seat costs a team of this size. */
export function seatPrice(price, people, percent) {
  return people >= TEAM_SIZE ? discounted(price, percent) : price;
}

/** As people read it: whole dollars without cents. */
export function formatPrice(price) {
  return Number.isInteger(price) ? `$${price}` : `$${price.toFixed(2)}`;
}
