import { z } from 'zod';

/** A person's or a workspace's name as people type it. 80 is more than any page shows. */
export const displayNameSchema = z.string().trim().min(1, 'Type a name').max(80, 'Use at most 80 characters');

export const workspaceInputSchema = z.object({ name: displayNameSchema });
export type WorkspaceInput = z.infer<typeof workspaceInputSchema>;

/** For whom a link is, in the owner's words. */
export const invitationInputSchema = z.object({
  note: z.string().trim().min(1, 'Say for whom the link is').max(120, 'Use at most 120 characters'),
});
export type InvitationInput = z.infer<typeof invitationInputSchema>;

const roleSchema = z.enum(['owner', 'member']);
export type Role = z.infer<typeof roleSchema>;
