// The page for people: who am I, my week, and the events in it.
import type { FastifyInstance } from "fastify";
import { page } from "./html.ts";
import type { World } from "./world.ts";

export function addPage(app: FastifyInstance, _world: World): void {
	app.get("/", (_request, reply) =>
		reply.type("text/html; charset=utf-8").send(page("Calendar", "")),
	);
}
