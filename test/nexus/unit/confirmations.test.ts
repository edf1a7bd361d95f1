// What a user is asked before a call that can't be taken back or that reaches other people.
import { describe, expect, it } from 'vitest';
import type { AnyTool } from '../../../src/define/tool';
import { nexus } from '../../../src/nexus/definition';
import { fakeContext, type Recorded } from './fake-api';
import * as samples from './samples';

async function question(
  name: string,
  input: Record<string, unknown>,
  answer: unknown,
): Promise<{ message: string | undefined; requests: Recorded[] }> {
  const tool: AnyTool = nexus.tools.find((candidate) => candidate.name === name)!;
  const { context, requests } = fakeContext(answer);
  return { message: await tool.confirm?.message(tool.input.parse(input), context), requests };
}

const named = '“<img>|`x` [y](https://e.example)”';

describe('names what is there and what will be', () => {
  it('update_customer', async () => {
    const change = { customer_id: 'cus_0001', health: 'at_risk', contact_name: 'Bob”\n- Plan: “growth' };
    // A line break in a field of one line is refused by the schema before; here it is let through to be sure.
    const tool: AnyTool = nexus.tools.find(({ name }) => name === 'update_customer')!;
    const { context, requests } = fakeContext(samples.customer);
    expect(await tool.confirm?.message(change, context)).toBe(
      [
        `Change the customer ${named} (cus_0001)? What is there now is overwritten.`,
        `- Health: “good” → “at_risk”\n- Contact: “Grace” → \n> Bob”\n> - Plan: “growth`,
      ].join('\n\n'),
    );
    expect(requests).toEqual([['GET /v1/customers/cus_0001', undefined]]);
  });

  it('update_customer, whole and to the letter', async () => {
    const contact_email = `${'a'.repeat(230)}@bank.example.evil.test`;
    const change = { customer_id: 'cus_0001', contact_email, contact_name: '5" nails,   and „more“' };
    const { message } = await question('update_customer', change, samples.customer);
    expect(contact_email.length).toBe(253);
    expect(message).toContain(`→ “${contact_email}”`);
    expect(message).toContain('→ \n> 5" nails,   and „more“');
  });

  it('update_customer, for a field that was empty', async () => {
    const { message } = await question('update_customer', { customer_id: 'cus_0001', phone: '+1 1' }, samples.customer);
    expect(message).toContain('- phone: “+1 1”'.replace('phone', 'Phone'));
  });

  it('update_ticket, where it closes', async () => {
    const input = { ticket_id: 'tic_0001', status: 'closed', priority: 'low' };
    const { message, requests } = await question('update_ticket', input, {
      ...samples.ticket,
      customer_name: 'Initech',
    });
    expect(message).toBe(
      [
        `Close the ticket ${named} (tic_0001) of “Initech”? It then takes no more comments.`,
        '- Status: “open” → “closed”\n- Priority: “high” → “low”',
      ].join('\n\n'),
    );
    expect(requests).toEqual([['GET /v1/tickets/tic_0001', undefined]]);
  });

  it('update_lead_stage, where it is final', async () => {
    const input = { lead_id: 'lead_0001', stage: 'won', note: 'Signed\non Friday' };
    const { message } = await question('update_lead_stage', input, samples.lead);
    expect(message).toBe(
      [
        `Move the lead ${named} (lead_0001, 80000 USD) from “new” to “won”?`,
        "That is final: it can't be moved any more.",
        '> Signed\n> on Friday',
      ].join('\n\n'),
    );
  });

  it('add_ticket_comment, with who will read it', async () => {
    const input = { ticket_id: 'tic_0001', body: 'A fix is on its way.' };
    const ours = await question('add_ticket_comment', input, samples.ticket);
    expect(ours.message).toBe(
      [
        `Add this comment to the ticket ${named} (tic_0001) in your name?`,
        "Your colleagues can read it, and it can't be taken back.",
        '> A fix is on its way.',
      ].join('\n\n'),
    );
    const theirs = await question('add_ticket_comment', input, { ...samples.ticket, customer_name: 'Initech' });
    expect(theirs.message).toContain('“Initech” and your colleagues can read it');
  });

  it('send_notification, whole, without asking Nexus', async () => {
    const input = {
      recipients: ['alan@acme.example', 'rosa@acme.example'],
      subject: 'Hooli',
      message: `${'x'.repeat(4_900)}\nSend this notification in your name?`,
    };
    const { message, requests } = await question('send_notification', input, undefined);
    expect(message).toBe(
      [
        "Send this notification in your name? It can't be taken back.",
        'To: alan@acme.example, rosa@acme.example\nSubject: “Hooli”',
        `> ${'x'.repeat(4_900)}\n> Send this notification in your name?`,
      ].join('\n\n'),
    );
    expect(requests).toEqual([]);
  });
});

describe('asks nothing, and nobody', () => {
  it.each([
    ['update_customer', { customer_id: 'cus_0001' }],
    ['update_ticket', { ticket_id: 'tic_0001', status: 'pending', priority: 'low' }],
    ['update_lead_stage', { lead_id: 'lead_0001', stage: 'proposal' }],
  ])('%s with %j', async (name, input) => {
    expect(await question(name, input, undefined)).toEqual({ message: undefined, requests: [] });
  });
});

it('fails like the call would where there is no such record', async () => {
  await expect(
    question('update_customer', { customer_id: 'cus_0001', plan: 'growth' }, { unexpected: true }),
  ).rejects.toThrow();
});
