-- Written by schema 1, with two queued invocations.
BEGIN TRANSACTION;
CREATE TABLE async_invocations (
    id INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL,
    service TEXT NOT NULL, function TEXT NOT NULL, payload BLOB NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, throttles INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL
);
INSERT INTO "async_invocations" VALUES(1,'r-1','s','f',X'6669727374',1,0,1500000000.0);
INSERT INTO "async_invocations" VALUES(2,'r-2','s','f',X'007365636F6E64FF',0,0,1500000001.0);
CREATE TABLE cloud_resources (
    kind TEXT, name TEXT, etag TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID
;
INSERT INTO "cloud_resources" VALUES('ram.role','r','9a87665e1cbe9de36b5a958aa7ff669d','{"RoleName": "r"}');
CREATE TABLE functions (
    service TEXT, function TEXT, code_checksum TEXT NOT NULL,
    etag TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (service, function)
) WITHOUT ROWID;
INSERT INTO "functions" VALUES('s','f','5','f141eeee77da97137ac9f723ef7aa824','{"functionName": "f", "description": "", "memorySize": 128, "timeout": 3, "instanceType": "e1", "runtime": "python3", "handler": "m.h", "codeChecksum": "5", "codeSize": 200, "functionId": "c2b7a3b8-5a25-4e55-9a32-2a0d3ef0b2a1", "createdTime": "2026-11-01T08:00:00.000+0000", "lastModifiedTime": "2026-11-01T08:00:00.000+0000"}');
CREATE TABLE logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, service TEXT NOT NULL, function TEXT NOT NULL,
    request_id TEXT NOT NULL, time REAL NOT NULL, size INTEGER NOT NULL, text TEXT NOT NULL
);
INSERT INTO "logs" VALUES(1,'s','f','r-0',1500000000.0,4,'ran
');
CREATE TABLE services (
    service TEXT PRIMARY KEY, etag TEXT NOT NULL, document TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "services" VALUES('s','687403817159e8f39ba9bc00e45a22ca','{"serviceName": "s", "description": "", "internetAccess": true, "logConfig": {"project": "", "logstore": ""}, "role": "", "vpcConfig": {"vpcId": "", "vSwitchIds": [], "securityGroupId": ""}, "serviceId": "5e0f21ad-7f35-4c5f-8ae6-6b3dd7a6cbb4", "createdTime": "2026-11-01T08:00:00.000+0000", "lastModifiedTime": "2026-11-01T08:00:00.000+0000"}');
CREATE TABLE triggers (
    service TEXT, function TEXT, trigger_name TEXT, trigger_type TEXT NOT NULL,
    etag TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (service, function, trigger_name)
) WITHOUT ROWID;
INSERT INTO "triggers" VALUES('s','f','t','timer','f0327c7e540099cf6d81dbba5369a8fa','{"triggerName": "t", "triggerType": "timer", "triggerConfig": {"cronExpression": "@every 5m", "enable": false}, "sourceArn": "", "invocationRole": "", "createdTime": "2026-11-01T08:00:00.000+0000", "lastModifiedTime": "2026-11-01T08:00:00.000+0000"}');
CREATE INDEX functions_by_code ON functions (code_checksum);
CREATE INDEX triggers_by_type ON triggers (trigger_type);
CREATE INDEX async_invocations_by_function ON async_invocations (service, function, due, id);
CREATE INDEX async_invocations_by_due ON async_invocations (due);
CREATE INDEX logs_by_function ON logs (service, function, id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('async_invocations',2);
INSERT INTO "sqlite_sequence" VALUES('logs',1);
COMMIT;
PRAGMA user_version = 1;
