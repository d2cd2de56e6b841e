"""Those who send readings: gateways by the real library, bridges by the real bridge, and clients of HTTP."""
