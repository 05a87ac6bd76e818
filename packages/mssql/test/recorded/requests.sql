-- the record of a key
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev], 0 AS [n] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 AND t.[id] = @p2;

-- the records of keys
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT t.[rank], COALESCE(t.[title__long], t.[title]) AS [title], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[_rev], s.[i] AS [n] FROM OPENJSON(@p1) WITH ([i] INT '$.i', [c0] NVARCHAR(200) '$.c0', [c1] NVARCHAR(200) '$.c1') AS s INNER LOOP JOIN [dbo].[items] AS t ON t.[owner] = s.[c0] COLLATE Latin1_General_100_BIN2 AND t.[id] = s.[c1] COLLATE Latin1_General_100_BIN2;

-- a walk
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 ORDER BY t.[rank], t.[owner], t.[id] OFFSET @p2 ROWS FETCH NEXT @p3 ROWS ONLY;

-- a walk backwards with an offset
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], COALESCE(t.[owner__long], t.[owner]) AS [owner], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 ORDER BY t.[rank] DESC, t.[owner] DESC, t.[id] DESC OFFSET @p2 ROWS FETCH NEXT @p3 ROWS ONLY;

-- a whole walk
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 ORDER BY t.[rank], t.[owner], t.[id];

-- a whole walk with an offset
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 ORDER BY t.[rank], t.[owner], t.[id] OFFSET @p2 ROWS;

-- a walk between positions
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 AND (t.[rank] >= @p2 AND (t.[rank] > @p3 OR (t.[owner] >= @p4 AND (t.[owner] > @p5 OR t.[id] > @p6)))) AND t.[rank] <= @p7 ORDER BY t.[rank], t.[owner], t.[id] OFFSET @p8 ROWS FETCH NEXT @p9 ROWS ONLY;

-- a walk over instants and booleans
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 AND t.[flag] = @p2 AND (t.[at] >= CAST(@p3 AS DATETIME2(3)) AND (t.[at] > CAST(@p4 AS DATETIME2(3)) OR t.[rank] >= @p5)) ORDER BY t.[at], t.[rank], t.[owner], t.[id] OFFSET @p6 ROWS FETCH NEXT @p7 ROWS ONLY;

-- a walk over lists
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT w.[owner], w.[id], w.[rank], w.[at], w.[weight], w.[size], w.[flag], w.[title], w.[data], w.[email], w.[_rev] FROM OPENJSON(@p1) WITH ([c0] NVARCHAR(200) '$.c0', [c1] BIT '$.c1') AS b CROSS APPLY (SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev], t.[at] AS [o0], t.[rank] AS [o1], t.[owner] AS [o2], t.[id] AS [o3] FROM [dbo].[items] AS t WHERE t.[owner] = b.[c0] COLLATE Latin1_General_100_BIN2 AND t.[flag] = b.[c1] ORDER BY t.[at], t.[rank], t.[owner], t.[id] OFFSET @p2 ROWS FETCH NEXT @p3 ROWS ONLY) AS w ORDER BY w.[o0], w.[o1], w.[o2], w.[o3] OFFSET @p4 ROWS FETCH NEXT @p5 ROWS ONLY;

-- a walk over lists from a position
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT w.[owner], w.[id], w.[rank], w.[at], w.[weight], w.[size], w.[flag], w.[title], w.[data], w.[email], w.[_rev] FROM OPENJSON(@p1) WITH ([c0] NVARCHAR(200) '$.c0') AS b CROSS APPLY (SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev], t.[rank] AS [o0], t.[owner] AS [o1], t.[id] AS [o2] FROM [dbo].[items] AS t WHERE t.[owner] = b.[c0] COLLATE Latin1_General_100_BIN2 AND (t.[rank] <= @p2 AND (t.[rank] < @p3 OR (t.[owner] <= @p4 AND (t.[owner] < @p5 OR t.[id] < @p6)))) ORDER BY t.[rank] DESC, t.[owner] DESC, t.[id] DESC OFFSET @p7 ROWS FETCH NEXT @p8 ROWS ONLY) AS w ORDER BY w.[o0] DESC, w.[o1] DESC, w.[o2] DESC OFFSET @p9 ROWS FETCH NEXT @p10 ROWS ONLY;

-- a walk with a filter
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 AND (([title] IS NOT NULL AND [title] = @p2) AND (NOT ([weight] > @p3)) AND (([size] IS NULL) OR ([rank] IN (@p4, @p5, @p6))) AND ([at] >= @p7) AND ([flag] <> @p8)) ORDER BY t.[rank], t.[owner], t.[id] OFFSET @p9 ROWS FETCH NEXT @p10 ROWS ONLY;

-- a walk with a filter on JSON
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 AND (([data] IS NOT NULL AND CHARINDEX(@p2, [data]) > 0) AND ([data] IS NOT NULL AND CHARINDEX(@p3, [data]) > 0)) ORDER BY t.[rank], t.[owner], t.[id] OFFSET @p4 ROWS FETCH NEXT @p5 ROWS ONLY;

-- a walk with a long list
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 AND ([title] IS NOT NULL AND [title] IN (SELECT CAST(JSON_VALUE(j.[value], '$[0]') AS NVARCHAR(400)) COLLATE Latin1_General_100_BIN2 FROM OPENJSON(@p2) AS j)) ORDER BY t.[rank], t.[owner], t.[id] OFFSET @p3 ROWS FETCH NEXT @p4 ROWS ONLY;

-- a sparse path
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
DECLARE @stowage_at INT = 0;
BEGIN TRY BEGIN TRANSACTION;
SET @stowage_at = 0;
DECLARE @lock INT;
EXEC @lock = sp_getapplock @Resource = N'stowage dbo.', @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = 60000;
IF @lock < 0 BEGIN;
THROW 51002, N'the lock of the schema was not to be had', 1;
END;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 1;
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE [object_id] = OBJECT_ID(N'[dbo].[items]') AND [name] = N'items_owner_size_idx') EXEC(N'CREATE INDEX [items_owner_size_idx] ON [dbo].[items] ([owner], [size], [id]) WHERE [size] IS NOT NULL');
SELECT @@ROWCOUNT AS [stowage_changes];
COMMIT TRANSACTION;
END TRY BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
SELECT @stowage_at AS [stowage_failed], ERROR_NUMBER() AS [number], ERROR_MESSAGE() AS [message];
END CATCH;
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 AND t.[size] IS NOT NULL ORDER BY t.[size], t.[owner], t.[id] OFFSET @p2 ROWS FETCH NEXT @p3 ROWS ONLY;

-- a page and a count along a sparse path
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
DECLARE @stowage_at INT = 0;
BEGIN TRY BEGIN TRANSACTION;
SET @stowage_at = 0;
DECLARE @lock INT;
EXEC @lock = sp_getapplock @Resource = N'stowage dbo.', @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = 60000;
IF @lock < 0 BEGIN;
THROW 51002, N'the lock of the schema was not to be had', 1;
END;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 1;
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE [object_id] = OBJECT_ID(N'[dbo].[items]') AND [name] = N'items_owner_size_idx') EXEC(N'CREATE INDEX [items_owner_size_idx] ON [dbo].[items] ([owner], [size], [id]) WHERE [size] IS NOT NULL');
SELECT @@ROWCOUNT AS [stowage_changes];
COMMIT TRANSACTION;
END TRY BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
SELECT @stowage_at AS [stowage_failed], ERROR_NUMBER() AS [number], ERROR_MESSAGE() AS [message];
END CATCH;
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 AND t.[size] IS NOT NULL ORDER BY t.[size], t.[owner], t.[id] OFFSET @p2 ROWS FETCH NEXT @p3 ROWS ONLY;
SELECT COUNT_BIG(*) FROM (SELECT 1 AS [n] FROM [dbo].[items] AS t WHERE t.[owner] = @p4 AND t.[size] IS NOT NULL) AS w;
COMMIT TRANSACTION;

-- several reads
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN TRANSACTION;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev], 0 AS [n] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 AND t.[id] = @p2;
SELECT COALESCE(t.[owner__long], t.[owner]) AS [owner], COALESCE(t.[id__long], t.[id]) AS [id], t.[rank], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[weight], COALESCE(t.[size__long], t.[size]) AS [size], t.[flag], COALESCE(t.[title__long], t.[title]) AS [title], t.[data], COALESCE(t.[email__long], t.[email]) AS [email], t.[_rev] FROM [dbo].[items] AS t WHERE t.[owner] = @p3 ORDER BY t.[rank], t.[owner], t.[id] OFFSET @p4 ROWS FETCH NEXT @p5 ROWS ONLY;
COMMIT TRANSACTION;

-- a count
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COUNT_BIG(*) FROM (SELECT 1 AS [n] FROM [dbo].[items] AS t WHERE t.[owner] = @p1) AS w;

-- a bounded count
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COUNT_BIG(*) FROM (SELECT 1 AS [n] FROM [dbo].[items] AS t WHERE t.[owner] = @p1 ORDER BY (SELECT NULL) OFFSET @p2 ROWS FETCH NEXT @p3 ROWS ONLY) AS w;

-- a count over lists
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COUNT_BIG(*) FROM (SELECT w.[n] FROM OPENJSON(@p1) WITH ([c0] NVARCHAR(200) '$.c0') AS b CROSS APPLY (SELECT 1 AS [n] FROM [dbo].[items] AS t WHERE t.[owner] = b.[c0] COLLATE Latin1_General_100_BIN2) AS w) AS w;

-- an aggregate
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT [title] AS c0, ([at] - (([at] % 1000) + 1000) % 1000) AS c1, [flag] AS c2, COUNT_BIG(*) AS c3, COUNT_BIG(DISTINCT [title]) AS c4, MIN([rank]) AS c5, MAX([at]) AS c6, CAST(SUM(CAST([rank] AS DECIMAL(38, 0))) AS FLOAT(53)) AS c7, CAST(SUM(CAST([rank] AS DECIMAL(38, 0))) AS FLOAT(53)) / NULLIF(COUNT_BIG([rank]), 0) AS c8 FROM (SELECT COALESCE(t.[title__long], t.[title]) AS [title], DATEDIFF_BIG(MILLISECOND, CAST('1970-01-01T00:00:00' AS DATETIME2(3)), t.[at]) AS [at], t.[flag], t.[rank] FROM [dbo].[items] AS t WHERE t.[owner] = @p1) AS w GROUP BY [title], ([at] - (([at] % 1000) + 1000) % 1000), [flag];

-- an aggregate over lists
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET DEADLOCK_PRIORITY LOW;
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
SELECT COUNT_BIG(*) AS c0 FROM (SELECT w.[n] FROM OPENJSON(@p1) WITH ([c0] NVARCHAR(200) '$.c0') AS b CROSS APPLY (SELECT 1 AS [n] FROM [dbo].[items] AS t WHERE t.[owner] = b.[c0] COLLATE Latin1_General_100_BIN2) AS w) AS w;

-- an insert
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
DECLARE @stowage_at INT = 0;
BEGIN TRY BEGIN TRANSACTION;
SET @stowage_at = 0;
DECLARE @seen TABLE ([i] INT NOT NULL PRIMARY KEY, [rev] BIGINT NULL);
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 1;
INSERT INTO @seen ([i], [rev]) SELECT s.[i], t.[_rev] FROM OPENJSON(@p1) WITH ([i] INT '$.i', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] NVARCHAR(200) '$.c1', [l1] NVARCHAR(MAX) '$.l1') AS s LEFT OUTER LOOP JOIN [dbo].[items] AS t WITH (UPDLOCK, HOLDLOCK) ON t.[owner] = s.[c0] COLLATE Latin1_General_100_BIN2 AND t.[id] = s.[c1] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 2;
DECLARE @refused NVARCHAR(20) = (SELECT CAST(MIN(s.[i]) AS NVARCHAR(20)) FROM OPENJSON(@p2) WITH ([i] INT '$.i', [e] INT '$.e', [r] BIGINT '$.r') AS s INNER LOOP JOIN @seen AS n ON n.[i] = s.[i] WHERE (s.[e] = 0 AND n.[rev] IS NOT NULL) OR (s.[e] = 1 AND n.[rev] IS NULL) OR (s.[e] = 2 AND (n.[rev] IS NULL OR n.[rev] <> s.[r])));
IF @refused IS NOT NULL BEGIN;
THROW 51001, @refused, 1;
END;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 3;
DECLARE @rows0 NVARCHAR(MAX) = @p3;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 4;
INSERT INTO [dbo].[items] ([owner], [owner__long], [id], [id__long], [rank], [at], [weight], [size], [size__long], [flag], [title], [title__long], [data], [email], [email__long], [_rev]) SELECT s.[c0], s.[l0], s.[c1], s.[l1], s.[c2], s.[c3], CAST(s.[c4] AS FLOAT(53)) * POWER(CAST(2 AS FLOAT(53)), s.[e4] / 2) * POWER(CAST(2 AS FLOAT(53)), s.[e4] - s.[e4] / 2), s.[c5], s.[l5], s.[c6], s.[c7], s.[l7], s.[c8], s.[c9], s.[l9], s.[r] FROM OPENJSON(@rows0) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] NVARCHAR(200) '$.c1', [l1] NVARCHAR(MAX) '$.l1', [c2] BIGINT '$.c2', [c3] DATETIME2(3) '$.c3', [c4] BIGINT '$.c4', [e4] INT '$.e4', [c5] NVARCHAR(200) '$.c5', [l5] NVARCHAR(MAX) '$.l5', [c6] BIT '$.c6', [c7] NVARCHAR(400) '$.c7', [l7] NVARCHAR(MAX) '$.l7', [c8] NVARCHAR(MAX) '$.c8', [c9] NVARCHAR(200) '$.c9', [l9] NVARCHAR(MAX) '$.l9') AS s INNER LOOP JOIN @seen AS n ON n.[i] = s.[i] WHERE n.[rev] IS NULL;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 5;
SELECT [i], [rev] FROM @seen ORDER BY [i];
COMMIT TRANSACTION;
END TRY BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
SELECT @stowage_at AS [stowage_failed], ERROR_NUMBER() AS [number], ERROR_MESSAGE() AS [message];
END CATCH;

-- an upsert
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
DECLARE @stowage_at INT = 0;
BEGIN TRY BEGIN TRANSACTION;
SET @stowage_at = 0;
DECLARE @seen TABLE ([i] INT NOT NULL PRIMARY KEY, [rev] BIGINT NULL);
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 1;
INSERT INTO @seen ([i], [rev]) SELECT s.[i], t.[_rev] FROM OPENJSON(@p1) WITH ([i] INT '$.i', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] NVARCHAR(200) '$.c1', [l1] NVARCHAR(MAX) '$.l1') AS s LEFT OUTER LOOP JOIN [dbo].[items] AS t WITH (UPDLOCK, HOLDLOCK) ON t.[owner] = s.[c0] COLLATE Latin1_General_100_BIN2 AND t.[id] = s.[c1] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 2;
DECLARE @rows0 NVARCHAR(MAX) = @p2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 3;
UPDATE t SET [rank] = s.[c2], [weight] = CAST(s.[c4] AS FLOAT(53)) * POWER(CAST(2 AS FLOAT(53)), s.[e4] / 2) * POWER(CAST(2 AS FLOAT(53)), s.[e4] - s.[e4] / 2), [size] = s.[c5], [size__long] = s.[l5], [flag] = s.[c6], [title] = s.[c7], [title__long] = s.[l7], [data] = s.[c8], [email] = s.[c9], [email__long] = s.[l9], [_rev] = CASE WHEN t.[_rev] >= s.[r] THEN t.[_rev] + 1 ELSE s.[r] END FROM OPENJSON(@rows0) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] NVARCHAR(200) '$.c1', [l1] NVARCHAR(MAX) '$.l1', [c2] BIGINT '$.c2', [c3] DATETIME2(3) '$.c3', [c4] BIGINT '$.c4', [e4] INT '$.e4', [c5] NVARCHAR(200) '$.c5', [l5] NVARCHAR(MAX) '$.l5', [c6] BIT '$.c6', [c7] NVARCHAR(400) '$.c7', [l7] NVARCHAR(MAX) '$.l7', [c8] NVARCHAR(MAX) '$.c8', [c9] NVARCHAR(200) '$.c9', [l9] NVARCHAR(MAX) '$.l9') AS s INNER LOOP JOIN [dbo].[items] AS t ON t.[owner] = s.[c0] COLLATE Latin1_General_100_BIN2 AND t.[id] = s.[c1] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 4;
INSERT INTO [dbo].[items] ([owner], [owner__long], [id], [id__long], [rank], [at], [weight], [size], [size__long], [flag], [title], [title__long], [data], [email], [email__long], [_rev]) SELECT s.[c0], s.[l0], s.[c1], s.[l1], s.[c2], s.[c3], CAST(s.[c4] AS FLOAT(53)) * POWER(CAST(2 AS FLOAT(53)), s.[e4] / 2) * POWER(CAST(2 AS FLOAT(53)), s.[e4] - s.[e4] / 2), s.[c5], s.[l5], s.[c6], s.[c7], s.[l7], s.[c8], s.[c9], s.[l9], s.[r] FROM OPENJSON(@rows0) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] NVARCHAR(200) '$.c1', [l1] NVARCHAR(MAX) '$.l1', [c2] BIGINT '$.c2', [c3] DATETIME2(3) '$.c3', [c4] BIGINT '$.c4', [e4] INT '$.e4', [c5] NVARCHAR(200) '$.c5', [l5] NVARCHAR(MAX) '$.l5', [c6] BIT '$.c6', [c7] NVARCHAR(400) '$.c7', [l7] NVARCHAR(MAX) '$.l7', [c8] NVARCHAR(MAX) '$.c8', [c9] NVARCHAR(200) '$.c9', [l9] NVARCHAR(MAX) '$.l9') AS s INNER LOOP JOIN @seen AS n ON n.[i] = s.[i] WHERE n.[rev] IS NULL;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 5;
SELECT [i], [rev] FROM @seen ORDER BY [i];
COMMIT TRANSACTION;
END TRY BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
SELECT @stowage_at AS [stowage_failed], ERROR_NUMBER() AS [number], ERROR_MESSAGE() AS [message];
END CATCH;

-- a batch of everything
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
DECLARE @stowage_at INT = 0;
BEGIN TRY BEGIN TRANSACTION;
SET @stowage_at = 0;
DECLARE @seen TABLE ([i] INT NOT NULL PRIMARY KEY, [rev] BIGINT NULL);
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 1;
INSERT INTO @seen ([i], [rev]) SELECT s.[i], t.[_rev] FROM OPENJSON(@p1) WITH ([i] INT '$.i', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] NVARCHAR(200) '$.c1', [l1] NVARCHAR(MAX) '$.l1') AS s LEFT OUTER LOOP JOIN [dbo].[items] AS t WITH (UPDLOCK, HOLDLOCK) ON t.[owner] = s.[c0] COLLATE Latin1_General_100_BIN2 AND t.[id] = s.[c1] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 2;
INSERT INTO @seen ([i], [rev]) SELECT s.[i], t.[_rev] FROM OPENJSON(@p2) WITH ([i] INT '$.i', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0') AS s LEFT OUTER LOOP JOIN [dbo].[notes] AS t WITH (UPDLOCK, HOLDLOCK) ON t.[id] = s.[c0] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 3;
DECLARE @refused NVARCHAR(20) = (SELECT CAST(MIN(s.[i]) AS NVARCHAR(20)) FROM OPENJSON(@p3) WITH ([i] INT '$.i', [e] INT '$.e', [r] BIGINT '$.r') AS s INNER LOOP JOIN @seen AS n ON n.[i] = s.[i] WHERE (s.[e] = 0 AND n.[rev] IS NOT NULL) OR (s.[e] = 1 AND n.[rev] IS NULL) OR (s.[e] = 2 AND (n.[rev] IS NULL OR n.[rev] <> s.[r])));
IF @refused IS NOT NULL BEGIN;
THROW 51001, @refused, 1;
END;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 4;
DECLARE @rows0 NVARCHAR(MAX) = @p4;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 5;
UPDATE t SET [at] = s.[c1], [text] = s.[c2], [text__long] = s.[l2], [_rev] = CASE WHEN t.[_rev] >= s.[r] THEN t.[_rev] + 1 ELSE s.[r] END FROM OPENJSON(@rows0) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] DATETIME2(3) '$.c1', [c2] NVARCHAR(400) '$.c2', [l2] NVARCHAR(MAX) '$.l2') AS s INNER LOOP JOIN [dbo].[notes] AS t ON t.[id] = s.[c0] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 6;
INSERT INTO [dbo].[notes] ([id], [id__long], [at], [text], [text__long], [_rev]) SELECT s.[c0], s.[l0], s.[c1], s.[c2], s.[l2], s.[r] FROM OPENJSON(@rows0) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] DATETIME2(3) '$.c1', [c2] NVARCHAR(400) '$.c2', [l2] NVARCHAR(MAX) '$.l2') AS s INNER LOOP JOIN @seen AS n ON n.[i] = s.[i] WHERE n.[rev] IS NULL;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 7;
DECLARE @rows1 NVARCHAR(MAX) = @p5;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 8;
INSERT INTO [dbo].[notes] ([id], [id__long], [at], [text], [text__long], [_rev]) SELECT s.[c0], s.[l0], s.[c1], s.[c2], s.[l2], s.[r] FROM OPENJSON(@rows1) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] DATETIME2(3) '$.c1', [c2] NVARCHAR(400) '$.c2', [l2] NVARCHAR(MAX) '$.l2') AS s INNER LOOP JOIN @seen AS n ON n.[i] = s.[i] WHERE n.[rev] IS NULL;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 9;
DECLARE @rows2 NVARCHAR(MAX) = @p6;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 10;
INSERT INTO [dbo].[items] ([owner], [owner__long], [id], [id__long], [rank], [at], [weight], [size], [size__long], [flag], [title], [title__long], [data], [email], [email__long], [_rev]) SELECT s.[c0], s.[l0], s.[c1], s.[l1], s.[c2], s.[c3], CAST(s.[c4] AS FLOAT(53)) * POWER(CAST(2 AS FLOAT(53)), s.[e4] / 2) * POWER(CAST(2 AS FLOAT(53)), s.[e4] - s.[e4] / 2), s.[c5], s.[l5], s.[c6], s.[c7], s.[l7], s.[c8], s.[c9], s.[l9], s.[r] FROM OPENJSON(@rows2) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] NVARCHAR(200) '$.c1', [l1] NVARCHAR(MAX) '$.l1', [c2] BIGINT '$.c2', [c3] DATETIME2(3) '$.c3', [c4] BIGINT '$.c4', [e4] INT '$.e4', [c5] NVARCHAR(200) '$.c5', [l5] NVARCHAR(MAX) '$.l5', [c6] BIT '$.c6', [c7] NVARCHAR(400) '$.c7', [l7] NVARCHAR(MAX) '$.l7', [c8] NVARCHAR(MAX) '$.c8', [c9] NVARCHAR(200) '$.c9', [l9] NVARCHAR(MAX) '$.l9') AS s INNER LOOP JOIN @seen AS n ON n.[i] = s.[i] WHERE n.[rev] IS NULL;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 11;
DECLARE @rows3 NVARCHAR(MAX) = @p7;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 12;
UPDATE t SET [rank] = s.[c2], [at] = s.[c3], [weight] = CAST(s.[c4] AS FLOAT(53)) * POWER(CAST(2 AS FLOAT(53)), s.[e4] / 2) * POWER(CAST(2 AS FLOAT(53)), s.[e4] - s.[e4] / 2), [size] = s.[c5], [size__long] = s.[l5], [flag] = s.[c6], [title] = s.[c7], [title__long] = s.[l7], [data] = s.[c8], [email] = s.[c9], [email__long] = s.[l9], [_rev] = CASE WHEN t.[_rev] >= s.[r] THEN t.[_rev] + 1 ELSE s.[r] END FROM OPENJSON(@rows3) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] NVARCHAR(200) '$.c1', [l1] NVARCHAR(MAX) '$.l1', [c2] BIGINT '$.c2', [c3] DATETIME2(3) '$.c3', [c4] BIGINT '$.c4', [e4] INT '$.e4', [c5] NVARCHAR(200) '$.c5', [l5] NVARCHAR(MAX) '$.l5', [c6] BIT '$.c6', [c7] NVARCHAR(400) '$.c7', [l7] NVARCHAR(MAX) '$.l7', [c8] NVARCHAR(MAX) '$.c8', [c9] NVARCHAR(200) '$.c9', [l9] NVARCHAR(MAX) '$.l9') AS s INNER LOOP JOIN [dbo].[items] AS t ON t.[owner] = s.[c0] COLLATE Latin1_General_100_BIN2 AND t.[id] = s.[c1] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 13;
DECLARE @rows4 NVARCHAR(MAX) = @p8;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 14;
UPDATE t SET [title] = s.[c2], [title__long] = s.[l2], [weight] = CAST(s.[c3] AS FLOAT(53)) * POWER(CAST(2 AS FLOAT(53)), s.[e3] / 2) * POWER(CAST(2 AS FLOAT(53)), s.[e3] - s.[e3] / 2), [rank] = CASE WHEN t.[rank] >= s.[c4] THEN t.[rank] + 1 ELSE s.[c4] END, [at] = CASE WHEN t.[at] >= s.[c5] THEN DATEADD(MILLISECOND, 1, t.[at]) ELSE s.[c5] END, [_rev] = CASE WHEN t.[_rev] >= s.[r] THEN t.[_rev] + 1 ELSE s.[r] END FROM OPENJSON(@rows4) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] NVARCHAR(200) '$.c1', [l1] NVARCHAR(MAX) '$.l1', [c2] NVARCHAR(400) '$.c2', [l2] NVARCHAR(MAX) '$.l2', [c3] BIGINT '$.c3', [e3] INT '$.e3', [c4] BIGINT '$.c4', [c5] DATETIME2(3) '$.c5') AS s INNER LOOP JOIN [dbo].[items] AS t ON t.[owner] = s.[c0] COLLATE Latin1_General_100_BIN2 AND t.[id] = s.[c1] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 15;
DECLARE @rows5 NVARCHAR(MAX) = @p9;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 16;
UPDATE t SET [email] = s.[c2], [email__long] = s.[l2], [_rev] = CASE WHEN t.[_rev] >= s.[r] THEN t.[_rev] + 1 ELSE s.[r] END FROM OPENJSON(@rows5) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] NVARCHAR(200) '$.c1', [l1] NVARCHAR(MAX) '$.l1', [c2] NVARCHAR(200) '$.c2', [l2] NVARCHAR(MAX) '$.l2') AS s INNER LOOP JOIN [dbo].[items] AS t ON t.[owner] = s.[c0] COLLATE Latin1_General_100_BIN2 AND t.[id] = s.[c1] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 17;
DECLARE @rows6 NVARCHAR(MAX) = @p10;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 18;
DELETE t FROM OPENJSON(@rows6) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] NVARCHAR(200) '$.c1', [l1] NVARCHAR(MAX) '$.l1') AS s INNER LOOP JOIN [dbo].[items] AS t ON t.[owner] = s.[c0] COLLATE Latin1_General_100_BIN2 AND t.[id] = s.[c1] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 19;
DECLARE @rows7 NVARCHAR(MAX) = @p11;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 20;
DELETE t FROM OPENJSON(@rows7) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0') AS s INNER LOOP JOIN [dbo].[notes] AS t ON t.[id] = s.[c0] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 21;
SELECT [i], [rev] FROM @seen ORDER BY [i];
COMMIT TRANSACTION;
END TRY BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
SELECT @stowage_at AS [stowage_failed], ERROR_NUMBER() AS [number], ERROR_MESSAGE() AS [message];
END CATCH;

-- rows in bulk
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
DECLARE @stowage_at INT = 0;
BEGIN TRY BEGIN TRANSACTION;
SET @stowage_at = 0;
DECLARE @seen TABLE ([i] INT NOT NULL PRIMARY KEY, [rev] BIGINT NULL);
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 1;
INSERT INTO @seen ([i], [rev]) SELECT s.[i], t.[_rev] FROM OPENJSON(@p1) WITH ([i] INT '$.i', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0') AS s LEFT OUTER LOOP JOIN [dbo].[notes] AS t WITH (UPDLOCK, HOLDLOCK) ON t.[id] = s.[c0] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 2;
DECLARE @rows0 NVARCHAR(MAX) = @p2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 3;
UPDATE t SET [at] = s.[c1], [text] = s.[c2], [text__long] = s.[l2], [_rev] = CASE WHEN t.[_rev] >= s.[r] THEN t.[_rev] + 1 ELSE s.[r] END FROM OPENJSON(@rows0) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] DATETIME2(3) '$.c1', [c2] NVARCHAR(400) '$.c2', [l2] NVARCHAR(MAX) '$.l2') AS s INNER LOOP JOIN [dbo].[notes] AS t ON t.[id] = s.[c0] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 4;
INSERT INTO [dbo].[notes] ([id], [id__long], [at], [text], [text__long], [_rev]) SELECT s.[c0], s.[l0], s.[c1], s.[c2], s.[l2], s.[r] FROM OPENJSON(@rows0) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] DATETIME2(3) '$.c1', [c2] NVARCHAR(400) '$.c2', [l2] NVARCHAR(MAX) '$.l2') AS s INNER LOOP JOIN @seen AS n ON n.[i] = s.[i] WHERE n.[rev] IS NULL;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 5;
DECLARE @rows1 NVARCHAR(MAX) = @p3;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 6;
DELETE t FROM OPENJSON(@rows1) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0') AS s INNER LOOP JOIN [dbo].[notes] AS t ON t.[id] = s.[c0] COLLATE Latin1_General_100_BIN2;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 7;
SELECT [i], [rev] FROM @seen ORDER BY [i];
COMMIT TRANSACTION;
END TRY BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
SELECT @stowage_at AS [stowage_failed], ERROR_NUMBER() AS [number], ERROR_MESSAGE() AS [message];
END CATCH;

-- the removal of a range
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
DECLARE @stowage_at INT = 0;
BEGIN TRY BEGIN TRANSACTION;
SET @stowage_at = 0;
DELETE t FROM [dbo].[items] AS t INNER JOIN (SELECT [owner], [id] FROM (SELECT t.[owner], t.[id], t.[rank] FROM [dbo].[items] AS t WITH (UPDLOCK) WHERE t.[owner] = @p1 ORDER BY t.[rank], t.[owner], t.[id] OFFSET @p2 ROWS FETCH NEXT @p3 ROWS ONLY) AS w) AS v ON t.[owner] = v.[owner] AND t.[id] = v.[id];
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 1;
SELECT 1 AS [n] FROM [dbo].[items] AS t WHERE t.[owner] = @p4 ORDER BY (SELECT NULL) OFFSET @p5 ROWS FETCH NEXT @p6 ROWS ONLY;
COMMIT TRANSACTION;
END TRY BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
SELECT @stowage_at AS [stowage_failed], ERROR_NUMBER() AS [number], ERROR_MESSAGE() AS [message];
END CATCH;

-- the clearing of a table
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
DECLARE @stowage_at INT = 0;
BEGIN TRY BEGIN TRANSACTION;
SET @stowage_at = 0;
DELETE t FROM [dbo].[notes] AS t INNER JOIN (SELECT [id] FROM (SELECT t.[id] FROM [dbo].[notes] AS t WITH (UPDLOCK) ORDER BY t.[id] OFFSET @p1 ROWS FETCH NEXT @p2 ROWS ONLY) AS w) AS v ON t.[id] = v.[id];
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 1;
SELECT 1 AS [n] FROM [dbo].[notes] AS t ORDER BY (SELECT NULL) OFFSET @p3 ROWS FETCH NEXT @p4 ROWS ONLY;
COMMIT TRANSACTION;
END TRY BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
SELECT @stowage_at AS [stowage_failed], ERROR_NUMBER() AS [number], ERROR_MESSAGE() AS [message];
END CATCH;

-- the making of tables
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT SCHEMA_ID(@p1);
SELECT o.[name], c.[name], TYPE_NAME(c.[system_type_id]), c.[max_length], c.[precision], c.[scale] FROM sys.objects AS o INNER JOIN sys.columns AS c ON c.[object_id] = o.[object_id] WHERE o.[schema_id] = SCHEMA_ID(@p2) AND o.[type] = 'U' AND o.[name] COLLATE DATABASE_DEFAULT IN (SELECT j.[value] COLLATE DATABASE_DEFAULT FROM OPENJSON(@p3) AS j) ORDER BY o.[name], c.[column_id];
SELECT o.[name], x.[name], x.[is_unique], x.[filter_definition], c.[name] FROM sys.objects AS o INNER JOIN sys.indexes AS x ON x.[object_id] = o.[object_id] INNER JOIN sys.index_columns AS k ON k.[object_id] = x.[object_id] AND k.[index_id] = x.[index_id] INNER JOIN sys.columns AS c ON c.[object_id] = k.[object_id] AND c.[column_id] = k.[column_id] WHERE o.[schema_id] = SCHEMA_ID(@p4) AND o.[type] = 'U' AND o.[name] COLLATE DATABASE_DEFAULT IN (SELECT j.[value] COLLATE DATABASE_DEFAULT FROM OPENJSON(@p5) AS j) AND x.[name] IS NOT NULL AND x.[is_disabled] = 0 AND k.[key_ordinal] > 0 ORDER BY o.[name], x.[name], k.[key_ordinal];
IF OBJECT_ID(N'[dbo].[stowage_schema]', N'U') IS NULL SELECT N'' AS [name], 0 AS [format] WHERE 1 = 0 ELSE SELECT [name], [format] FROM [dbo].[stowage_schema];
SET NOCOUNT ON;
SET XACT_ABORT ON;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
DECLARE @stowage_at INT = 0;
BEGIN TRY BEGIN TRANSACTION;
SET @stowage_at = 0;
DECLARE @lock INT;
EXEC @lock = sp_getapplock @Resource = N'stowage dbo.', @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = 60000;
IF @lock < 0 BEGIN;
THROW 51002, N'the lock of the schema was not to be had', 1;
END;
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 1;
IF OBJECT_ID(N'[dbo].[stowage_schema]', N'U') IS NULL CREATE TABLE [dbo].[stowage_schema] ([name] NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL PRIMARY KEY, [format] INT NOT NULL);
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 2;
IF OBJECT_ID(N'[dbo].[items]', N'U') IS NULL CREATE TABLE [dbo].[items] ([owner] NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL, [owner__long] NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL, [id] NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL, [id__long] NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL, [rank] BIGINT NOT NULL, [at] DATETIME2(3) NOT NULL, [weight] FLOAT(53) NOT NULL, [size] NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL, [size__long] NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL, [flag] BIT NOT NULL, [title] NVARCHAR(400) COLLATE Latin1_General_100_BIN2 NULL, [title__long] NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL, [data] NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL, [email] NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NULL, [email__long] NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL, [_rev] BIGINT NOT NULL, CONSTRAINT [items_pkey] PRIMARY KEY CLUSTERED ([owner], [id]));
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 3;
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE [object_id] = OBJECT_ID(N'[dbo].[items]') AND [name] = N'items_owner_email_key') EXEC(N'CREATE UNIQUE INDEX [items_owner_email_key] ON [dbo].[items] ([owner], [email]) WHERE [email] IS NOT NULL');
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 4;
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE [object_id] = OBJECT_ID(N'[dbo].[items]') AND [name] = N'items_owner_rank_idx') EXEC(N'CREATE INDEX [items_owner_rank_idx] ON [dbo].[items] ([owner], [rank], [id])');
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 5;
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE [object_id] = OBJECT_ID(N'[dbo].[items]') AND [name] = N'items_owner_flag_at_rank_idx') EXEC(N'CREATE INDEX [items_owner_flag_at_rank_idx] ON [dbo].[items] ([owner], [flag], [at], [rank], [id])');
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 6;
UPDATE [dbo].[stowage_schema] SET [format] = 1 WHERE [name] = N'items';
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 7;
IF NOT EXISTS (SELECT 1 FROM [dbo].[stowage_schema] WHERE [name] = N'items') INSERT INTO [dbo].[stowage_schema] ([name], [format]) VALUES (N'items', 1);
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 8;
IF OBJECT_ID(N'[dbo].[notes]', N'U') IS NULL CREATE TABLE [dbo].[notes] ([id] NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL, [id__long] NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL, [at] DATETIME2(3) NOT NULL, [text] NVARCHAR(400) COLLATE Latin1_General_100_BIN2 NOT NULL, [text__long] NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL, [_rev] BIGINT NOT NULL, CONSTRAINT [notes_pkey] PRIMARY KEY CLUSTERED ([id]));
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 9;
UPDATE [dbo].[stowage_schema] SET [format] = 1 WHERE [name] = N'notes';
SELECT @@ROWCOUNT AS [stowage_changes];
SET @stowage_at = 10;
IF NOT EXISTS (SELECT 1 FROM [dbo].[stowage_schema] WHERE [name] = N'notes') INSERT INTO [dbo].[stowage_schema] ([name], [format]) VALUES (N'notes', 1);
SELECT @@ROWCOUNT AS [stowage_changes];
COMMIT TRANSACTION;
END TRY BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK TRANSACTION;
SELECT @stowage_at AS [stowage_failed], ERROR_NUMBER() AS [number], ERROR_MESSAGE() AS [message];
END CATCH;

-- the taking over of a table
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT SCHEMA_ID(@p1);
SELECT o.[name], c.[name], TYPE_NAME(c.[system_type_id]), c.[max_length], c.[precision], c.[scale] FROM sys.objects AS o INNER JOIN sys.columns AS c ON c.[object_id] = o.[object_id] WHERE o.[schema_id] = SCHEMA_ID(@p2) AND o.[type] = 'U' AND o.[name] COLLATE DATABASE_DEFAULT IN (SELECT j.[value] COLLATE DATABASE_DEFAULT FROM OPENJSON(@p3) AS j) ORDER BY o.[name], c.[column_id];
SELECT o.[name], x.[name], x.[is_unique], x.[filter_definition], c.[name] FROM sys.objects AS o INNER JOIN sys.indexes AS x ON x.[object_id] = o.[object_id] INNER JOIN sys.index_columns AS k ON k.[object_id] = x.[object_id] AND k.[index_id] = x.[index_id] INNER JOIN sys.columns AS c ON c.[object_id] = k.[object_id] AND c.[column_id] = k.[column_id] WHERE o.[schema_id] = SCHEMA_ID(@p4) AND o.[type] = 'U' AND o.[name] COLLATE DATABASE_DEFAULT IN (SELECT j.[value] COLLATE DATABASE_DEFAULT FROM OPENJSON(@p5) AS j) AND x.[name] IS NOT NULL AND x.[is_disabled] = 0 AND k.[key_ordinal] > 0 ORDER BY o.[name], x.[name], k.[key_ordinal];
IF OBJECT_ID(N'[dbo].[stowage_schema]', N'U') IS NULL SELECT N'' AS [name], 0 AS [format] WHERE 1 = 0 ELSE SELECT [name], [format] FROM [dbo].[stowage_schema];
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT TOP (1) 1 FROM [dbo].[parts];
SET NOCOUNT ON;
SET XACT_ABORT ON;
DECLARE @lock INT;
EXEC @lock = sp_getapplock @Resource = N'stowage dbo.', @LockMode = N'Exclusive', @LockOwner = N'Transaction', @LockTimeout = 60000;
IF @lock < 0 BEGIN;
THROW 51002, N'the lock of the schema was not to be had', 1;
END;
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT 1 FROM [dbo].[stowage_schema] WHERE [name] = N'parts';
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT COUNT_BIG(*) FROM [dbo].[parts] WITH (TABLOCKX, HOLDLOCK);
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT ROW_NUMBER() OVER (ORDER BY o.[createdAt]) AS [stowage_place], o.* INTO [dbo].[parts__adopted] FROM [dbo].[parts] AS o;
SET NOCOUNT ON;
SET XACT_ABORT ON;
CREATE UNIQUE CLUSTERED INDEX [stowage_place] ON [dbo].[parts__adopted] ([stowage_place]);
SET NOCOUNT ON;
SET XACT_ABORT ON;
DROP TABLE [dbo].[parts];
SET NOCOUNT ON;
SET XACT_ABORT ON;
IF OBJECT_ID(N'[dbo].[parts]', N'U') IS NULL CREATE TABLE [dbo].[parts] ([id] NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL, [id__long] NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL, [at] DATETIME2(3) NOT NULL, [weight] FLOAT(53) NULL, [text] NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL, [kind] NVARCHAR(200) COLLATE Latin1_General_100_BIN2 NOT NULL, [kind__long] NVARCHAR(MAX) COLLATE Latin1_General_100_BIN2 NULL, [_rev] BIGINT NOT NULL, [atZ] datetimeoffset(7) NULL, [createdAt] datetime2(7) NULL, [price] decimal(18, 4) NULL, [version] binary(8) NULL, CONSTRAINT [parts_pkey] PRIMARY KEY CLUSTERED ([id]));
SET NOCOUNT ON;
SET XACT_ABORT ON;
IF NOT EXISTS (SELECT 1 FROM sys.indexes WHERE [object_id] = OBJECT_ID(N'[dbo].[parts]') AND [name] = N'parts_kind_at_idx') EXEC(N'CREATE INDEX [parts_kind_at_idx] ON [dbo].[parts] ([kind], [at], [id])');
SET NOCOUNT ON;
SET XACT_ABORT ON;
SELECT p.[stowage_place], CAST(p.[id] AS NVARCHAR(MAX)) AS c0, COALESCE(CONVERT(NVARCHAR(40), CAST(SWITCHOFFSET(p.[atZ], '+00:00') AS DATETIME2(3)), 126), CONVERT(NVARCHAR(40), CAST(p.[at] AS DATETIME2(3)), 126)) AS c1, CONVERT(NVARCHAR(40), p.[weight], 3) AS c2, CAST(p.[text] AS NVARCHAR(MAX)) AS c3, NULL AS c4 FROM [dbo].[parts__adopted] AS p WHERE p.[stowage_place] > @p1 AND p.[stowage_place] <= @p2 ORDER BY p.[stowage_place];
SET NOCOUNT ON;
SET XACT_ABORT ON;
INSERT INTO [dbo].[parts] ([id], [id__long], [at], [weight], [text], [kind], [kind__long], [_rev], [atZ], [createdAt], [price], [version]) SELECT s.[c0], s.[l0], s.[c1], CAST(s.[c2] AS FLOAT(53)) * POWER(CAST(2 AS FLOAT(53)), s.[e2] / 2) * POWER(CAST(2 AS FLOAT(53)), s.[e2] - s.[e2] / 2), s.[c3], s.[c4], s.[l4], s.[r], p.[atZ], p.[createdAt], p.[price], p.[version] FROM OPENJSON(@p1) WITH ([i] INT '$.i', [r] BIGINT '$.r', [c0] NVARCHAR(200) '$.c0', [l0] NVARCHAR(MAX) '$.l0', [c1] DATETIME2(3) '$.c1', [c2] BIGINT '$.c2', [e2] INT '$.e2', [c3] NVARCHAR(MAX) '$.c3', [c4] NVARCHAR(200) '$.c4', [l4] NVARCHAR(MAX) '$.l4') AS s INNER LOOP JOIN [dbo].[parts__adopted] AS p ON p.[stowage_place] = s.[i];
SET NOCOUNT ON;
SET XACT_ABORT ON;
UPDATE [dbo].[stowage_schema] SET [format] = 1 WHERE [name] = N'parts';
SET NOCOUNT ON;
SET XACT_ABORT ON;
IF NOT EXISTS (SELECT 1 FROM [dbo].[stowage_schema] WHERE [name] = N'parts') INSERT INTO [dbo].[stowage_schema] ([name], [format]) VALUES (N'parts', 1);
SET NOCOUNT ON;
SET XACT_ABORT ON;
DROP TABLE [dbo].[parts__adopted];
