; The program that installs Photolink for one person, without the rights of an administrator, and the one that removes
; it again. tools/dist-windows.sh defines VERSION, NUMBERS (four, with dots), FOLDER (what is to be installed), ICON,
; SIDE (a picture), SIGN (a command that signs a file) and OUT.
;
; Options of setup.exe:      /S  asks and shows nothing        /D=FOLDER  installs there; has to come last
; Options of uninstall.exe:  /S  asks and shows nothing, and keeps the accounts
;                            /EVERYTHING  removes the accounts and their secrets too
;
; The exit code is 0 if all went well, 1 if the person stopped it, and 2 if it could not be done.

Unicode true
Target amd64-unicode
SetCompressor /SOLID lzma
RequestExecutionLevel user
ManifestDPIAware true
ManifestLongPathAware true
ManifestSupportedOS Win10

!include MUI2.nsh
!include FileFunc.nsh
!include LogicLib.nsh
!include nsDialogs.nsh

!define PROGRAM "$INSTDIR\photolink.exe"
!define REGISTRY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Photolink"
!define START "Software\Microsoft\Windows\CurrentVersion\App Paths\photolink.exe" ; for Windows+R
!define SHORTCUT "$SMPROGRAMS\Photolink.lnk"

Name "Photolink"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Photolink"
InstallDirRegKey HKCU "${REGISTRY}" InstallLocation
BrandingText "Photolink ${VERSION}"
!finalize '${SIGN} "%1"'
!uninstfinalize '${SIGN} "%1"'

VIProductVersion "${NUMBERS}"
VIFileVersion "${NUMBERS}"
VIAddVersionKey /LANG=0 ProductName "Photolink"
VIAddVersionKey /LANG=0 CompanyName "The Photolink authors"
VIAddVersionKey /LANG=0 FileDescription "Photolink Setup"
VIAddVersionKey /LANG=0 FileVersion "${VERSION}"
VIAddVersionKey /LANG=0 ProductVersion "${VERSION}"
VIAddVersionKey /LANG=0 LegalCopyright "Copyright © 2026 The Photolink authors, MIT licence"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_ABORTWARNING

!define MUI_WELCOMEPAGE_TEXT "$(WELCOME)"
!define MUI_PAGE_CUSTOMFUNCTION_SHOW nextInstalls
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_INSTFILES
!define MUI_FINISHPAGE_RUN "${PROGRAM}"
!insertmacro MUI_PAGE_FINISH

UninstPage custom un.askAboutAccounts un.readAnswer
!insertmacro MUI_UNPAGE_INSTFILES

; The first is for who speaks none of them.
!insertmacro MUI_LANGUAGE English
!insertmacro MUI_LANGUAGE German
!insertmacro MUI_LANGUAGE Spanish
!insertmacro MUI_LANGUAGE French
!insertmacro MUI_LANGUAGE Italian
!insertmacro MUI_LANGUAGE Japanese
!insertmacro MUI_LANGUAGE PortugueseBR
!include "${__FILEDIR__}/texts.nsh"

; untilClosed waits until nobody runs the program, which Windows would neither replace nor remove: it refuses to open its
; file for writing.
!macro untilClosed UN
Function ${UN}untilClosed
	${DoWhile} ${FileExists} "${PROGRAM}"
		ClearErrors
		FileOpen $0 "${PROGRAM}" a
		${IfNot} ${Errors}
			FileClose $0
			${Break}
		${EndIf}
		${If} ${Cmd} 'MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(CLOSE_FIRST)" /SD IDCANCEL IDCANCEL'
			SetErrorLevel 2
			Quit
		${EndIf}
	${Loop}
FunctionEnd
!macroend
!insertmacro untilClosed ""
!insertmacro untilClosed "un."

; nextInstalls lets the button say what it does.
Function nextInstalls
	GetDlgItem $0 $HWNDPARENT 1
	SendMessage $0 ${WM_SETTEXT} 0 "STR:$(^InstallBtn)"
FunctionEnd

Section
	Call untilClosed
	SetOutPath "$INSTDIR"
	File "${FOLDER}/photolink.exe"
	File "${FOLDER}/LICENCES.txt"
	WriteUninstaller "$INSTDIR\uninstall.exe"
	${If} ${Errors}
		MessageBox MB_ICONSTOP "$(NOT_WRITTEN)" /SD IDOK
		SetErrorLevel 2
		Quit
	${EndIf}
	CreateShortcut "${SHORTCUT}" "${PROGRAM}"

	WriteRegStr HKCU "${START}" "" "${PROGRAM}"
	WriteRegStr HKCU "${REGISTRY}" DisplayName "Photolink"
	WriteRegStr HKCU "${REGISTRY}" DisplayVersion "${VERSION}"
	WriteRegStr HKCU "${REGISTRY}" DisplayIcon "${PROGRAM}"
	WriteRegStr HKCU "${REGISTRY}" Publisher "The Photolink authors"
	WriteRegStr HKCU "${REGISTRY}" InstallLocation "$INSTDIR"
	WriteRegStr HKCU "${REGISTRY}" UninstallString '"$INSTDIR\uninstall.exe"'
	WriteRegStr HKCU "${REGISTRY}" QuietUninstallString '"$INSTDIR\uninstall.exe" /S'
	WriteRegDWORD HKCU "${REGISTRY}" NoModify 1
	WriteRegDWORD HKCU "${REGISTRY}" NoRepair 1
	SectionGetSize 0 $0
	WriteRegDWORD HKCU "${REGISTRY}" EstimatedSize $0 ; KiB
SectionEnd

Var everything ; 1 if the accounts and their secrets are to be removed too
Var keepButton
Var removeButton

Function un.onInit
	StrCpy $everything 0
	${GetParameters} $0
	ClearErrors
	${GetOptions} $0 "/EVERYTHING" $1
	${IfNot} ${Errors}
		StrCpy $everything 1
	${EndIf}
	ClearErrors
FunctionEnd

Function un.askAboutAccounts
	!insertmacro MUI_HEADER_TEXT "$(ACCOUNTS)" "$(ACCOUNTS_WHAT)"
	nsDialogs::Create 1018
	Pop $0
	${NSD_CreateRadioButton} 0 0u 100% 12u "$(KEEP)"
	Pop $keepButton
	${NSD_CreateLabel} 12u 14u -12u 26u "$(KEEP_MEANS)"
	Pop $0
	${NSD_CreateRadioButton} 0 48u 100% 12u "$(REMOVE)"
	Pop $removeButton
	${NSD_CreateLabel} 12u 62u -12u 34u "$(REMOVE_MEANS)"
	Pop $0
	${If} $everything = 1
		${NSD_Check} $removeButton
		${NSD_SetFocus} $removeButton
	${Else}
		${NSD_Check} $keepButton
		${NSD_SetFocus} $keepButton
	${EndIf}
	GetDlgItem $0 $HWNDPARENT 1
	SendMessage $0 ${WM_SETTEXT} 0 "STR:$(^UninstallBtn)"
	nsDialogs::Show
FunctionEnd

Function un.readAnswer
	${NSD_GetState} $removeButton $0
	${If} $0 = ${BST_CHECKED}
		StrCpy $everything 1
	${Else}
		StrCpy $everything 0
	${EndIf}
FunctionEnd

Section Uninstall
	Call un.untilClosed
	${If} $everything = 1
	${AndIf} ${FileExists} "${PROGRAM}"
		nsExec::ExecToLog '"${PROGRAM}" remove-everything --yes'
		Pop $0
		; What it could not remove, it still lists. Without it nobody could find the secrets again.
		${If} $0 != 0
			MessageBox MB_ICONSTOP "$(NOT_REMOVED)" /SD IDOK
			SetErrorLevel 2
			Quit
		${EndIf}
		; What the window keeps for itself.
		RMDir /r "$APPDATA\fyne\org.photolink.Photolink"
		RMDir "$APPDATA\fyne"
		RMDir /r "$LOCALAPPDATA\fyne\org.photolink.Photolink"
		RMDir "$LOCALAPPDATA\fyne"
	${EndIf}
	Delete "${PROGRAM}"
	Delete "$INSTDIR\LICENCES.txt"
	Delete "${SHORTCUT}"
	DeleteRegKey HKCU "${START}"
	DeleteRegKey HKCU "${REGISTRY}"
	Delete "$INSTDIR\uninstall.exe"
	RMDir "$INSTDIR" ; at last, for who waits for it
SectionEnd
