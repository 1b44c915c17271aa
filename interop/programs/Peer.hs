{-# LANGUAGE OverloadedStrings #-}

-- A peer over Haskell's tls. What it is told, and what it does: see programs.sh.
module Main (main) where

import Control.Concurrent (forkIO)
import Control.Exception (SomeException, displayException, throwIO, try)
import Control.Monad (forM_, unless, void, when)
import qualified Data.ByteString as B
import qualified Data.ByteString.Char8 as C
import qualified Data.ByteString.Lazy as L
import Data.Char (isDigit)
import Data.Default.Class (def)
import Data.IORef
import Data.List (intercalate)
import Data.Maybe (fromMaybe, isJust)
import Data.X509 (CertificateChain, HashALG (HashSHA256))
import Data.X509.CertificateStore (CertificateStore, makeCertificateStore)
import Data.X509.File (readSignedObject)
import Data.X509.Validation
import Network.Socket
import qualified Network.Socket.ByteString as S
import Network.TLS hiding (HashSHA256)
import Network.TLS.Extra
import System.Environment (getArgs)
import System.Exit (exitFailure)
import System.IO

type Told = [(String, String)]

told :: Told -> String -> String
told words' name = fromMaybe "" (lookup name words')

isTold :: Told -> String -> Bool
isTold words' name = isJust (lookup name words')

split :: Char -> String -> [String]
split mark text = case break (== mark) text of
    (one, _ : rest) -> one : split mark rest
    (one, []) -> [one]

-- Lines of one thread do not mix with those of another.
fact :: String -> String -> IO ()
fact key value = hPutStrLn stderr ("fact " ++ key ++ "=" ++ concat (lines value))

flag :: Bool -> String
flag yes = if yes then "true" else "false"

-- ---- Names ----

-- The RFCs' name of a suite: ECDHE-RSA-AES128CBC-SHA256 is TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256.
suiteName :: Cipher -> String
suiteName cipher
    | cipherName cipher == "RSA-3DES-EDE-CBC-SHA1" = "TLS_RSA_WITH_3DES_EDE_CBC_SHA"
    | null exchange = "TLS_" ++ rest
    | otherwise = "TLS_" ++ intercalate "_" exchange ++ "_WITH_" ++ rest
  where
    parts = split '-' (cipherName cipher)
    exchange = take (length parts - 2) parts
    [bulk, hash] = drop (length parts - 2) parts
    rest = bulkPart bulk ++ "_" ++ (if hash == "SHA1" then "SHA" else hash)
    bulkPart ('A' : 'E' : 'S' : size) =
        let (bits, mode) = span isDigit size in "AES_" ++ bits ++ "_" ++ (if null mode then "CBC" else mode)
    bulkPart "CHACHA20POLY1305" = "CHACHA20_POLY1305"
    bulkPart other = other

groupNames :: [(String, Group)]
groupNames = [("x25519", X25519), ("secp256r1", P256), ("secp384r1", P384), ("secp521r1", P521)]

-- ---- What is told, as parameters ----

supported :: Told -> Supported
supported words' =
    def
        { supportedVersions = case told words' "tls" of
            "1.2" -> [TLS12]
            "1.3" -> [TLS13]
            _ -> [TLS13, TLS12]
        , supportedCiphers =
            if isTold words' "suite"
                then filter ((== told words' "suite") . suiteName) (ciphersuite_default ++ [cipher_RSA_3DES_EDE_CBC_SHA1])
                else ciphersuite_default
        , supportedGroups = case lookup (told words' "group") groupNames of
            Just group -> [group]
            Nothing | isTold words' "hrr" -> [P521]
            Nothing -> map snd groupNames ++ [FFDHE2048]
        }

shared :: Told -> String -> IORef [(SessionID, SessionData)] -> IO Shared
shared words' prefix sessions = do
    store <- if isTold words' "ca" then makeCertificateStore <$> readSignedObject (told words' "ca") else pure mempty
    credential <-
        if isTold words' (prefix ++ "cert")
            then credentialLoadX509 (told words' (prefix ++ "cert")) (told words' (prefix ++ "key"))
            else pure (Left "")
    pure
        def
            { sharedCredentials = Credentials (either (const []) pure credential)
            , sharedCAStore = store
            , sharedSessionManager =
                noSessionManager
                    { sessionResume = \name -> lookup name <$> readIORef sessions
                    , sessionResumeOnlyOnce = \name ->
                        atomicModifyIORef sessions (\all' -> (filter ((/= name) . fst) all', lookup name all'))
                    , sessionEstablish = \name session -> atomicModifyIORef sessions (\all' -> ((name, session) : all', ()))
                    }
            }

serverParams :: Told -> Shared -> ServerParams
serverParams words' common =
    def
        { serverWantClientCert = isTold words' "client_auth"
        , serverDHEParams = Just ffdhe2048
        , serverShared = common
        , serverSupported = supported words'
        , serverEarlyDataSize = if isTold words' "early" then 16384 else 0
        , serverHooks =
            def
                { onClientCertificate = clientCertificate (told words' "client_auth" == "request") (sharedCAStore common)
                , onUnverifiedClientCert = pure (told words' "client_auth" == "request")
                , onALPNClientSuggest =
                    if isTold words' "alpn"
                        then Just (\theirs -> pure (fromMaybe "" (firstOf theirs)))
                        else Nothing
                }
        }
  where
    firstOf theirs = lookup True [(name `elem` theirs, name) | name <- map C.pack (split ',' (told words' "alpn"))]

clientCertificate :: Bool -> CertificateStore -> CertificateChain -> IO CertificateUsage
clientCertificate optional store chain = do
    failures <- validate HashSHA256 defaultHooks checks store def ("", "") chain
    pure $ case failures of
        [] -> CertificateUsageAccept
        [EmptyChain] | optional -> CertificateUsageAccept
        [Expired] -> CertificateUsageReject CertificateRejectExpired
        [UnknownCA] -> CertificateUsageReject CertificateRejectUnknownCA
        other -> CertificateUsageReject (CertificateRejectOther (show other))
  where
    checks = defaultChecks{checkFQHN = False}

clientParams :: Told -> Shared -> ClientParams
clientParams words' common =
    (defaultParamsClient (told words' "sni") "")
        { clientShared = common
        , clientSupported = supported words'
        , clientHooks =
            def
                { onCertificateRequest = const (pure (own (sharedCredentials common)))
                , onSuggestALPN =
                    pure (if isTold words' "alpn" then Just (map C.pack (split ',' (told words' "alpn"))) else Nothing)
                }
        }
  where
    own (Credentials (one : _)) = Just one
    own _ = Nothing

-- ---- A connection ----

-- Whoever gives up waits for the other end to close.
orGiveUp :: Socket -> IO a -> IO a
orGiveUp socket' action = do
    result <- try action
    case result of
        Right value -> pure value
        Left why -> do
            void (try (shutdown socket' ShutdownSend >> drain) :: IO (Either SomeException ()))
            throwIO (why :: SomeException)
  where
    drain = S.recv socket' 65536 >>= \bytes -> unless (B.null bytes) drain

sayFacts :: Told -> Context -> IO ()
sayFacts words' context = do
    Just info <- contextGetInformation context
    fact "version" (if infoVersion info == TLS13 then "TLS 1.3" else "TLS 1.2")
    fact "suite" (suiteName (infoCipher info))
    forM_ groupNames $ \(name, group) -> when (infoNegotiatedGroup info == Just group) (fact "group" name)
    forM_ (infoTLS13HandshakeMode info) $ \mode -> do
        fact "resumed" (flag (mode `elem` [PreSharedKey, RTT0]))
        unless (isTold words' "connection") (fact "hello_retry" (flag (mode == HelloRetryRequest)))
    fact "early_data_accepted" (flag (infoIsEarlyDataAccepted info))
    getNegotiatedProtocol context >>= fact "alpn" . maybe "null" C.unpack
    getClientSNI context >>= mapM_ (fact "server_name")

updateKeys :: Told -> Context -> IO ()
updateKeys words' context = when (isTold words' "key_update") (void (updateKey context TwoWay))

-- ---- The server ----

serve :: Told -> IO ()
serve words' = do
    listener <- socket AF_INET Stream defaultProtocol
    setSocketOption listener ReuseAddr 1
    bind listener (SockAddrInet (read (told words' "port")) (tupleToHostAddress (127, 0, 0, 1)))
    common <- newIORef [] >>= shared words' ""
    listen listener 5
    forM_ [1 .. read (told words' "connections") :: Int] $ \_ -> do
        (tcp, _) <- accept listener
        orGiveUp tcp $ do
            context <- contextNew tcp (serverParams words' common)
            handshake context
            sayFacts words' context
            updateKeys words' context
            echo context
            bye context
        close tcp
        fact "ok" "true"
  where
    echo context = do
        bytes <- recvData context
        unless (B.null bytes) (sendData context (L.fromStrict bytes) >> echo context)

-- ---- The client ----

-- dial: makes a connection, and does something with it.
dial :: Told -> ClientParams -> (Context -> IO ()) -> IO ()
dial words' params action = do
    tcp <- socket AF_INET Stream defaultProtocol
    Network.Socket.connect tcp (SockAddrInet (read (told words' "port")) (tupleToHostAddress (127, 0, 0, 1)))
    orGiveUp tcp $ do
        context <- contextNew tcp params
        handshake context
        sayFacts words' context
        action context
    close tcp

receive :: Context -> (B.ByteString -> IO ()) -> IO ()
receive context use = do
    bytes <- recvData context
    unless (B.null bytes) (use bytes >> receive context use)

connect' :: Told -> IO ()
connect' words' = do
    sessions <- newIORef []
    common <- shared words' "client_" sessions
    early <- if isTold words' "early" then B.readFile (told words' "early") else pure ""
    said <- if isTold words' "connection" && B.null early then B.hGetSome stdin 65536 else pure early
    let params = clientParams words' common
    when (isTold words' "connection") $ dial words' params $ \context -> do
        sendData context (L.fromStrict said)
        missing <- newIORef (B.length said)
        receive context $ \bytes -> do
            modifyIORef missing (subtract (B.length bytes))
            left <- readIORef missing
            when (left == 0) (bye context)
    session <- readIORef sessions
    let again = params{clientWantSessionResume = lookup True (zip (repeat True) session)}
        final = if B.null early then again else again{clientEarlyData = Just early}
    dial words' final $ \context -> do
        updateKeys words' context
        when (B.null early) (sendData context (L.fromStrict said))
        void (forkIO (say context))
        receive context (B.hPut stdout)
    hFlush stdout
    fact "ok" "true"
  where
    say context = do
        bytes <- B.hGetSome stdin 16384
        if B.null bytes then bye context else sendData context (L.fromStrict bytes) >> say context

main :: IO ()
main = withSocketsDo $ do
    role : pairs <- getArgs
    hSetBuffering stderr LineBuffering
    hSetBuffering stdout NoBuffering
    let words' = [(name, drop 1 value) | (name, value) <- map (break (== '=')) pairs]
    result <- try (if role == "serve" then serve words' else connect' words')
    case result of
        Right () -> pure ()
        Left why -> do
            fact "ok" "false"
            fact "error" (displayException (why :: SomeException))
            exitFailure
