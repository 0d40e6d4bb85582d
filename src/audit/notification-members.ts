/** The members of entries about messages to people, in the order in which they stand in a line. */

import type { NotificationEntry } from "./notification-entry.ts";
import { count, flag, object, optional, required, text, type Members, type Shape } from "./shape.ts";

const t = required(text);
const t_ = optional(text);
const n = required(count);

type Facts<K extends NotificationEntry["kind"]> = Omit<Extract<NotificationEntry, { readonly kind: K }>, "kind">;
const facts = <K extends NotificationEntry["kind"]>(members: Members<Facts<K>>): Shape<Facts<K>> =>
  object<Facts<K>>(members, 1);

export const NOTIFICATION_SHAPES: { readonly [K in NotificationEntry["kind"]]: Shape<Facts<K>> } = {
  "notification.sent": facts<"notification.sent">({ channel: t, event: t, message: t, request: t_, attempts: n }),
  "notification.failed": facts<"notification.failed">({
    channel: t,
    event: t,
    message: t,
    request: t_,
    attempts: n,
    problem: t,
    final: required(flag),
  }),
};
