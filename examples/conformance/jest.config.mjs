export default { testMatch: ["**/src/jest/*.test.mjs"], transform: {} };
