/** One letter to the support desk, and what a good answer must contain. */
export interface Ticket {
  readonly id: string;
  readonly customer: string;
  readonly name: string;
  readonly text: string;
  readonly expected: string;
}

/** Real-looking post for one morning. */
export const tickets: readonly Ticket[] = [
  {
    id: "TCK-1041",
    customer: "cust-ada",
    name: "Ada Moreau",
    text: "Hello, my name is Ada Moreau. Where is order ST-2209? It should have been here on Monday.",
    expected: "arrives on Thursday",
  },
  {
    id: "TCK-1042",
    customer: "cust-jun",
    name: "Jun Park",
    text: "Hi, I'm Jun Park. The lamp in order ST-2188 came with a cracked shade. I would like a refund, please.",
    expected: "refund",
  },
  {
    id: "TCK-1043",
    customer: "cust-ines",
    name: "Inês Duarte",
    text: "Olá! My name is Inês Duarte. Do you ship to the Azores, and how long does it take?",
    expected: "6 to 9 days",
  },
  {
    id: "TCK-1044",
    customer: "cust-ada",
    name: "Ada Moreau",
    text: "Me again. Can you change the address of order ST-2215 to my office?",
    expected: "until it is packed",
  },
  {
    id: "TCK-1045",
    customer: "cust-olek",
    name: "Oleksandr Bondar",
    text: "This is Oleksandr Bondar. Order ST-2150 was charged twice. Please refund the second payment.",
    expected: "refund",
  },
  {
    id: "TCK-1046",
    customer: "cust-mira",
    name: "Mira Sato",
    text: "My name is Mira Sato 👋 Which bulbs fit the desk lamp from order ST-2201?",
    expected: "E14",
  },
];

/** What the shop knows about its orders. Amounts are in euros. */
export const orders: Readonly<Record<string, { item: string; state: string; total: number; note: string }>> = {
  "ST-2150": { item: "Oak shelf", state: "delivered", total: 149, note: "The card was charged twice on 3 November." },
  "ST-2188": { item: "Glass lamp", state: "delivered", total: 64.5, note: "Broken on arrival; photo received." },
  "ST-2201": { item: "Desk lamp", state: "delivered", total: 39.9, note: "It takes E14 bulbs of up to 7 W." },
  "ST-2209": {
    item: "Wool rug",
    state: "in transit",
    total: 210,
    note: "It was delayed in Lyon and arrives on Thursday.",
  },
  "ST-2215": { item: "Side table", state: "paid", total: 89, note: "The address can be changed until it is packed." },
};

/** How the person in charge decides, once asked. */
export const decisions: Readonly<Record<string, { approved: boolean; by: string; reason: string }>> = {
  "ST-2188": { approved: true, by: "rosa@shop.example", reason: "Photo shows the crack." },
  "ST-2150": { approved: false, by: "rosa@shop.example", reason: "The bank returned the second payment already." },
};
