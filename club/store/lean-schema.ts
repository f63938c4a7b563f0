/**
 * What a sale touches became less: what a member did for tiers stands with the member, and the agenda is in the order of
 * what is due and of when that was noted, instead of one place for each member.
 */
export const leanTables = ({ strict = '' }: { strict?: string } = {}): string => `
ALTER TABLE members ADD COLUMN activity TEXT;
UPDATE members SET activity = (SELECT a.days FROM activity a WHERE a.memberid = members.memberid);
DROP TABLE activity;
ALTER TABLE agenda RENAME TO agenda_of_members;
-- Whom to look at, and when: due/noted/member.
CREATE TABLE agenda (agenda TEXT PRIMARY KEY, memberid TEXT NOT NULL)${strict};
INSERT INTO agenda SELECT due || '//' || memberid, memberid FROM agenda_of_members;
DROP TABLE agenda_of_members;
`
