/** What each customer has in the pocket, by their number. */
export const mobileOf = (customer: number): string => `0912${String(customer).padStart(7, '0')}`
export const cardOf = (customer: number): string => `04${customer.toString(16).toUpperCase().padStart(12, '0')}`
