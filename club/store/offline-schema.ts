/**
 * What of a member's credit boxes were lent stands with the member too, by store: who reads a balance need not look for it.
 * As JSON, stores in their order. And what an allowance was at first, by the transfers.
 */
export const lentWithMembers = `
ALTER TABLE allowances ADD COLUMN granted TEXT;
UPDATE allowances SET granted = '{"credit":' || sums.credit || ',"gifts":' || sums.gifts || '}' FROM (
  SELECT subject,
    SUM(CASE WHEN credit LIKE 'store:%:allowances' THEN amount ELSE 0 END) AS credit,
    SUM(CASE WHEN credit LIKE 'store:%:gift-allowances' THEN amount ELSE 0 END) AS gifts
  FROM transfers WHERE kind = 'allowance-granted' GROUP BY subject
) AS sums WHERE sums.subject = 'allowance:' || allowances.allowance;
ALTER TABLE members ADD COLUMN lent TEXT;
UPDATE members SET lent = sums.lent FROM (
  SELECT memberid, '{' || string_agg('"' || store || '":' || credit, ',' ORDER BY store) || '}' AS lent FROM (
    SELECT COALESCE(m.mergedinto, m.memberid) AS memberid, a.store AS store, SUM(a.credit) AS credit
    FROM allowances a JOIN members m ON m.memberid = a.memberid WHERE a.credit > 0
    GROUP BY COALESCE(m.mergedinto, m.memberid), a.store
  ) AS by_store GROUP BY memberid
) AS sums WHERE members.memberid = sums.memberid;
`

/**
 * What stores' boxes may give while the club is away, for both databases. `big`: a whole number of 64 bits; `strict`: what
 * follows a table.
 */
export const offlineTables = ({ big, strict }: { big: string; strict: string }): string => `
-- What the box of a store may give one member, until that box has told of all that it gave.
CREATE TABLE allowances (
  allowance TEXT PRIMARY KEY, store TEXT NOT NULL, boxid TEXT NOT NULL, serial ${big} NOT NULL, memberid TEXT NOT NULL,
  shard ${big} NOT NULL, credit ${big} NOT NULL, gifts ${big} NOT NULL, until TEXT NOT NULL, parts TEXT NOT NULL, giftseq ${big}
)${strict};
CREATE INDEX allowances_store ON allowances (store);
-- Of sales without the club: what the member hears at the next visit.
CREATE TABLE remarks (
  memberid TEXT PRIMARY KEY, announced ${big} NOT NULL, booked ${big} NOT NULL, store TEXT NOT NULL,
  purchases ${big} NOT NULL, at TEXT NOT NULL
)${strict};
-- Behind the books: who was at a store lately, and how far its box has been told.
CREATE TABLE regulars (
  regular TEXT PRIMARY KEY, store TEXT NOT NULL, memberid TEXT NOT NULL, seenat TEXT NOT NULL, changed ${big} NOT NULL
)${strict};
CREATE INDEX regulars_store ON regulars (store, seenat);
CREATE INDEX regulars_member ON regulars (memberid);
CREATE TABLE outlets (
  store TEXT PRIMARY KEY, boxid TEXT NOT NULL, serial ${big} NOT NULL, version ${big} NOT NULL, shards TEXT NOT NULL,
  ending TEXT NOT NULL
)${strict};
`
