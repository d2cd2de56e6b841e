/** Lists that are needed whole, read page by page to their end. */

export interface ItemPage<Item> {
  items: Item[];
  next_cursor?: string | null;
}

/** The most that the API answers at once. */
const PAGE_ITEMS = 500;

export async function everyItem<Item>(
  read: (page: { limit: number; cursor?: string }) => Promise<ItemPage<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await read({ limit: PAGE_ITEMS, ...(cursor ? { cursor } : {}) });
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return items;
}
