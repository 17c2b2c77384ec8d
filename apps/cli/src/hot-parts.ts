// What the commands of hot.ts and the parts that they may load have in common, for the bundler: one file (see bundle-plugins.ts). Nothing else imports this.
import "./agents.js";
import "./composition/open.js";
import "./host.js";
import "./open-composed.js";
import "./parameters.js";
import "./parse-plainly.js";
import "./run-command.js";
import "./ticket-data.js";
import "./to-the-end.js";
import "./transition-ticket.js";
import "./write-ticket.js";
import "./cold-parts.js";
