import type { Localised } from '#protocol/text.ts'
import type { CustomField, MemberConditions, Streak } from './member-conditions.ts'
import { either, number, quoted, spanned } from './sentences.ts'

/** Conditions about the member, each in words. */
export function memberConditionsIn(when: MemberConditions): Localised[] {
  const parts: Localised[] = []
  const named = (words: readonly string[] | undefined, subject: Localised) => {
    if (!words) return
    const { fa, en } = quoted(words)
    parts.push({ fa: `${subject.fa} ${fa} است`, en: `${subject.en} ${en}` })
  }
  const { tier, segment, age, sex, area, education, birthday, anniversary, streak } = when
  named(tier, { fa: 'سطح عضو', en: 'the tier is' })
  named(segment, { fa: 'عضو در گروه مشتریان', en: 'the member is in the segment' })
  if (age) parts.push(spanned(age, { fa: 'سن', en: 'the age is' }))
  if (sex) parts.push({ fa: `عضو ${sex.map((one) => sexesIn[one]).join(' یا ')} است`, en: `the member is ${either(sex).en}` })
  named(area, { fa: 'محدودهٔ سکونت', en: 'the area is' })
  named(education, { fa: 'تحصیلات', en: 'the education is' })
  if (birthday) parts.push(windowIn(birthday, { fa: 'روز تولد', en: 'the birthday' }))
  if (anniversary) parts.push(windowIn(anniversary, { fa: 'سالگرد عضویت', en: 'the anniversary of signing up' }))
  if (streak) parts.push(streakIn(streak))
  const { referred, friends, survey, profile, custom, coupon } = when
  if (referred !== undefined)
    parts.push(
      referred
        ? { fa: 'عضو را دوستی معرفی کرده است', en: 'a friend brought the member in' }
        : { fa: 'عضو را کسی معرفی نکرده است', en: 'nobody brought the member in' },
    )
  if (friends)
    parts.push(spanned(friends, { fa: 'شمار دوستان معرفی‌شده که خرید کرده‌اند', en: 'the friends brought in who bought are' }))
  if (survey)
    parts.push({
      fa: `به نظرسنجی ${quoted(survey).fa} پاسخ داده شده است`,
      en: `the survey ${quoted(survey).en} has been answered`,
    })
  if (profile) parts.push({ fa: `در پرونده ${profile.join(' و ')} پر شده است`, en: `the profile has ${profile.join(' and ')}` })
  if (custom) parts.push(customIn(custom))
  if (coupon) parts.push({ fa: `عضو کوپن ${quoted(coupon).fa} دارد`, en: `the member holds the coupon ${quoted(coupon).en}` })
  return parts
}

const sexesIn = { female: 'زن', male: 'مرد', other: 'جز این دو' }

function windowIn(
  { before = 0, after = 0 }: { before?: number | undefined; after?: number | undefined },
  day: Localised,
): Localised {
  if (before + after === 0) return { fa: `امروز ${day.fa} است`, en: `today is ${day.en}` }
  const parts: Localised[] = []
  if (before > 0) parts.push({ fa: `${number(before)} روز پیش از`, en: `${number(before)} days before` })
  if (after > 0) parts.push({ fa: `${number(after)} روز پس از`, en: `${number(after)} days after` })
  const [first, last] = parts
  if (first && last)
    return { fa: `از ${first.fa} ${day.fa} تا ${last.fa} آن است`, en: `it is from ${first.en} to ${last.en} ${day.en}` }
  return before > 0
    ? { fa: `${day.fa} است یا تا ${number(before)} روز دیگر`, en: `it is ${day.en} or at most ${number(before)} days before it` }
    : { fa: `${day.fa} است یا تا ${number(after)} روز پس از آن`, en: `it is ${day.en} or at most ${number(after)} days after it` }
}

function streakIn({ visits, days, weeks, months }: Streak): Localised {
  if (weeks !== undefined)
    return {
      fa: `در هر یک از ${number(weeks)} هفتهٔ پیاپی مراجعه‌ای بوده است`,
      en: `each of ${number(weeks)} weeks in a row had a visit`,
    }
  if (months !== undefined)
    return {
      fa: `در هر یک از ${number(months)} ماه پیاپی مراجعه‌ای بوده است`,
      en: `each of ${number(months)} Jalali months in a row had a visit`,
    }
  return {
    fa: `در ${number(days ?? 0)} روز دست کم ${number(visits ?? 0)} مراجعه بوده است`,
    en: `there were at least ${number(visits ?? 0)} visits within ${number(days ?? 0)} days`,
  }
}

function customIn({ field, is, from, to }: CustomField): Localised {
  if (!is) return spanned({ from, to }, { fa: `«${field}»`, en: `“${field}” is` })
  const { fa, en } = either(is)
  return { fa: `«${field}» ${fa} است`, en: `“${field}” is ${en}` }
}
