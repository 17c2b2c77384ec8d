export { createHttpBackend, type HttpBackend, type HttpBackendOptions } from "./create-http-backend.js";
