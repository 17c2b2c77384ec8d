import { createGit, type Git, type GitOptions } from "@wiggum/git";

/**
 * git for a store or a view. Objects are what their ids say: a `refs/replace/…` that somebody pushed would put other tickets in the place of
 * stored ones, with no commit to tell of it.
 */
export function createStoreGit(options: GitOptions): Git {
  return createGit({ ...options, env: { GIT_NO_REPLACE_OBJECTS: "1", ...options.env } });
}
